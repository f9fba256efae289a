"""Users on real engines: registered once, signed in, listed, and believed by who knows the public keys."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from harness.querying import ADMIN, Query, fresh_address, serving
from harness.running import Engines, redeem, until
from harness.topics import read_topic
from schemas.claims import DEFAULT_AUDIENCE, DEFAULT_ISSUER, SCOPES
from schemas.identity import KeyChange, decode_identity
from schemas.topics import IDENTITY
from service_kit.callers.tokens import TokenVerifier


def test_a_new_user_signs_in_with_a_password_of_their_own(query: Query) -> None:
    email = fresh_address()
    created = query.register(email.upper(), query.admin())

    assert created.status_code == 201
    assert created.headers["cache-control"] == "no-store"
    assert created.json().keys() == {"id", "email", "role", "invitation", "invitation_expires_at"}
    assert (created.json()["email"], created.json()["role"]) == (email, "client")
    assert query.sign_in(email, created.json()["invitation"]).status_code == 401
    password = redeem(query.http, query.url, created.json()["invitation"])
    signed_in = query.sign_in(email.title(), password)
    assert signed_in.headers["cache-control"] == "no-store"
    assert signed_in.json().keys() == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert (signed_in.json()["token_type"], signed_in.json()["expires_in"]) == ("bearer", 1800)

    seen = query.get(created.headers["location"], query.admin())
    me = query.get("/v1/users/me", query.user(email, password))
    assert seen.json() == me.json()
    assert me.json().keys() == {"id", "email", "role", "created_at", "active"}


def test_an_address_is_taken_once_however_many_ask_at_once(query: Query) -> None:
    email, admin = fresh_address(), query.admin()
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: query.register(email, admin), range(12)))

    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 11}
    (winner,) = (answer.json() for answer in answers if answer.status_code == 201)
    password = redeem(query.http, query.url, winner["invitation"])
    assert query.user(email, password).id == winner["id"]
    assert [user["email"] for user in everybody(query)].count(email) == 1


def test_the_list_shows_everybody_once(query: Query) -> None:
    users = {query.new_user().id for _ in range(3)}
    listed = [user["id"] for user in everybody(query)]

    assert len(listed) == len(set(listed))
    assert users < set(listed)


def everybody(query: Query) -> list[dict[str, str]]:
    """Every user, page by page."""
    admin, found, path = query.admin(), [], "/v1/users?limit=2"
    while path:
        page = query.get(path, admin)
        assert page.status_code == 200, page.text
        assert len(page.json()["items"]) <= 2
        found += page.json()["items"]
        path = page.json()["next"]
        assert ("link" in page.headers) == bool(path)
    return found


@pytest.mark.parametrize("cursor", ["", "x", "AAAA", "ä", "a" * 600])
def test_a_made_up_cursor_is_a_broken_rule(query: Query, cursor: str) -> None:
    answer = query.http.get(f"{query.url}/v1/users", params={"cursor": cursor}, headers=query.admin().headers)

    assert answer.status_code == 422
    assert [error["parameter"] for error in answer.json()["errors"]] == ["cursor"]


def test_a_wrong_password_and_an_unknown_address_are_one_answer(query: Query) -> None:
    user = query.new_user()
    answers = [
        query.sign_in(user.email, "wrong"),
        query.sign_in(fresh_address(), "wrong"),
        query.sign_in("no address", "wrong"),
    ]

    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].headers["content-type"] == "application/problem+json"


def test_a_token_may_have_fewer_scopes_than_its_role(query: Query) -> None:
    user = query.new_user()

    def asked(scope: str) -> dict[str, Any]:
        form = {"username": user.email, "password": user.password, "scope": scope}
        answer: dict[str, Any] = query.http.post(f"{query.url}/v1/token", data=form).json()
        return answer

    assert asked("ecgs:write")["scope"] == "ecgs:write"
    writer = {"Authorization": f"Bearer {asked('ecgs:write')['access_token']}"}
    assert query.http.get(f"{query.url}/v1/ecgs", headers=writer).status_code == 403
    assert asked("users:write")["status"] == 422


def test_roles_do_what_they_are_for_and_nothing_else(query: Query) -> None:
    client, admin = query.new_user(), query.admin()

    assert query.register(fresh_address(), client).status_code == 403
    assert query.get("/v1/users", client).status_code == 403
    assert query.get(f"/v1/users/{client.id}", client).status_code == 403
    for path in ("/v1/ecgs", "/v1/ecgs/x", "/v1/ecgs/x/insights", "/v1/ecgs/x/status"):
        assert query.get(path, client).status_code in {200, 404}
        assert query.get(path, admin).status_code == 403
        assert query.get(path).status_code == 401


@pytest.mark.parametrize(
    ("status", "content", "content_type"),
    [
        (400, b'{"email": "secret', "application/json"),
        (400, b'{"email": "secret\xff"}', "application/json"),
        (400, b"", "application/json"),
        (413, b'{"email": "' + b"secret" * 6000 + b'"}', "application/json"),
        (415, b"email=secret", "application/x-www-form-urlencoded"),
        (415, b'{"email": "secret"}', "application/json; charset=latin-1"),
        (422, b'["secret"]', "application/json"),
        (422, b'{"email": "secret"}', "application/json"),
        (422, b'{"email": "secret@example.com", "password": "secret"}', "application/json"),
    ],
)
def test_a_bad_body_is_told_so_and_never_repeated(
    query: Query, status: int, content: bytes, content_type: str
) -> None:
    answer = query.http.post(
        f"{query.url}/v1/users",
        content=content,
        headers=query.admin().headers | {"Content-Type": content_type},
    )

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    ("status", "content", "content_type"),
    [
        (415, b'{"username": "secret", "password": "secret"}', "application/json"),
        (413, b"username=a&password=" + b"secret" * 3000, "application/x-www-form-urlencoded"),
        (422, b"username=secret", "application/x-www-form-urlencoded"),
        (422, b"username=secret&password=secret&grant_type=code", "application/x-www-form-urlencoded"),
        (400, b"username=secret&password=%ff", "application/x-www-form-urlencoded"),
    ],
)
def test_a_bad_form_is_told_so_and_never_repeated(
    query: Query, status: int, content: bytes, content_type: str
) -> None:
    answer = query.http.post(f"{query.url}/v1/token", content=content, headers={"Content-Type": content_type})

    assert answer.status_code == status
    assert "secret" not in answer.text


def test_the_published_keys_are_enough_to_believe_a_token(query: Query, engines: Engines) -> None:
    user = query.new_user()
    verifier = TokenVerifier(issuer=DEFAULT_ISSUER, audience=DEFAULT_AUDIENCE)
    signs = query.get("/.well-known/jwks.json").json()["keys"][0]

    def told() -> bool:
        records = read_topic(engines.kafka, IDENTITY.name, lambda _: True)
        changes = [decode_identity(record.key, record.value) for record in records]
        verifier.believe([one.key for one in changes if isinstance(one, KeyChange) and one.key is not None])
        return signs["kid"] in verifier.keys

    until(told, "the public keys")
    claims = verifier.verify(user.token)
    assert (str(claims.user_id), claims.role) == (user.id, "client")
    assert claims.scopes == SCOPES["client"]
    assert {"kid", "x", "kty", "crv", "alg", "use"} == signs.keys()


def test_the_environment_decides_the_first_admins_password(
    query: Query, engines: Engines, tmp_path: Path
) -> None:
    before = query.admin()
    with serving(engines, tmp_path, ECG_ADMIN_PASSWORD="forgotten, so made anew") as again:
        assert again.sign_in(ADMIN, "the tests' own admin").status_code == 401
        assert again.admin("forgotten, so made anew").id == before.id
    with serving(engines, tmp_path) as again:
        assert again.admin().id == before.id


def test_logs_hold_no_password_token_or_address(query: Query) -> None:
    user = query.new_user()
    query.sign_in(user.email, "a wrong password")
    said = query.log.read_text()

    for secret in (user.password, user.token, user.email, "a wrong password"):
        assert secret not in said
