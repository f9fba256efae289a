"""Signing in by a real OpenID Connect provider: browsers, programs, who becomes whom here, and who nobody."""

import html
import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from harness import leaks
from harness.keycloak.running import CLIENT, ELSEWHERE, GATEWAY, IT, WARD, Keycloak, Person, keycloak
from harness.querying import ADMIN, ADMIN_PASSWORD, Query, fresh_address, serving
from harness.running import Engines, redeem, until
from query_api.oidc.flow import challenge_of

PUBLIC_URL = "https://ecg.example"
CALLBACK = f"{PUBLIC_URL}/v1/oidc/callback"
APPLICATION = "https://app.example/back"
VERIFIER = "v" * 43
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keycloak]:
    with keycloak(tmp_path_factory.mktemp("keycloak")) as running:
        running.set_up(CALLBACK)
        yield running


def settings(issuer: str, secret: str, **more: str) -> dict[str, str]:
    return {
        "ECG_QUERY_URL": PUBLIC_URL,
        "ECG_OIDC_ISSUER": issuer,
        "ECG_OIDC_CLIENT_ID": CLIENT,
        "ECG_OIDC_CLIENT_SECRET": secret,
        "ECG_OIDC_REDIRECTS": APPLICATION,
        **more,
    }


@pytest.fixture(scope="module")
def query(engines: Engines, provider: Keycloak, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Query]:
    """A query API that lets in whoever the provider has in its groups."""
    more = {
        "ECG_OIDC_PARTIES": GATEWAY,
        "ECG_OIDC_ADMIN_GROUPS": IT,
        "ECG_OIDC_CLIENT_GROUPS": WARD,
        "ECG_OIDC_NEW_USERS": "true",
        "ECG_OIDC_LINK_USERS": "true",
    }
    told = settings(provider.issuer, provider.secret, **more)
    with serving(engines, tmp_path_factory.mktemp("open"), **told) as running:
        yield running


@pytest.fixture(scope="module")
def strict(engines: Engines, provider: Keycloak, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Query]:
    """One that makes nobody a user and links none, and takes no password but the first admin's."""
    told = settings(provider.issuer, provider.secret, ECG_PASSWORDS_OF="first_admin")
    with serving(engines, tmp_path_factory.mktemp("strict"), **told) as running:
        yield running


def authorize(query: Query, redirect_uri: str = APPLICATION) -> httpx.Response:
    asked = {
        "response_type": "code",
        "client_id": "app",
        "redirect_uri": redirect_uri,
        "code_challenge": challenge_of(VERIFIER),
        "code_challenge_method": "S256",
        "scope": "ecgs:read",
        "state": "the app's own",
    }
    return query.http.get(f"{query.url}/v1/oidc/authorize?{urlencode(asked)}")


def at_the_provider(address: str, person: Person) -> dict[str, str]:
    """What a browser is sent back with, whose user signs in at this address."""
    with httpx.Client(trust_env=False, timeout=60.0) as browser:
        page = browser.get(address)
        assert page.status_code == 200, page.text
        action = re.search(r'action="([^"]+)"', page.text)
        assert action is not None
        form = {"username": person.name, "password": person.password}
        # To a browser this machine is as good as TLS; to httpx it is not, and cookies that want it stay behind.
        cookies = "; ".join(one.partition(";")[0] for one in page.headers.get_list("set-cookie"))
        browser.cookies.clear()
        back = browser.post(html.unescape(action[1]), data=form, headers={"cookie": cookies})
        assert back.status_code == 302, back.text
    assert back.headers["location"].startswith(f"{CALLBACK}?")
    return {name: value[0] for name, value in parse_qs(urlsplit(back.headers["location"]).query).items()}


def come_back(query: Query, said: dict[str, str], cookie: str) -> httpx.Response:
    return query.http.get(
        f"{query.url}/v1/oidc/callback", params=said, headers={"cookie": cookie} if cookie else {}
    )


def trade(query: Query, code: str, verifier: str = VERIFIER) -> httpx.Response:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": APPLICATION}
    return query.http.post(f"{query.url}/v1/token", data=form | {"code_verifier": verifier})


def exchange(query: Query, token: str, **more: str) -> httpx.Response:
    kind = "urn:ietf:params:oauth:token-type:jwt"
    form = {"grant_type": EXCHANGE, "subject_token": token, "subject_token_type": kind, **more}
    return query.http.post(f"{query.url}/v1/token", data=form)


def me(query: Query, signed_in: httpx.Response) -> httpx.Response:
    assert signed_in.status_code == 200, signed_in.text
    token = signed_in.json()["access_token"]
    leaks.note(token)
    return query.http.get(f"{query.url}/v1/users/me", headers={"Authorization": f"Bearer {token}"})


def test_a_browser_signs_in_and_its_application_goes_on(query: Query, provider: Keycloak) -> None:
    person = provider.person(WARD)
    sent = authorize(query)
    cookie = sent.headers["set-cookie"]
    assert sent.status_code == 303
    for attribute in ("HttpOnly", "Secure", "SameSite=lax", "Path=/v1/oidc;", "Max-Age=600"):
        assert attribute in cookie + ";"
    back = at_the_provider(sent.headers["location"], person)

    gone_on = come_back(query, back, cookie.partition(";")[0])

    assert gone_on.status_code == 303, gone_on.text
    assert gone_on.headers["location"].startswith(f"{APPLICATION}?")
    assert "Max-Age=0" in gone_on.headers["set-cookie"]
    to_application = parse_qs(urlsplit(gone_on.headers["location"]).query)
    assert to_application["state"] == ["the app's own"]
    (code,) = to_application["code"]
    assert trade(query, code, "w" * 43).status_code == 401
    signed_in = trade(query, code)
    assert signed_in.json()["scope"] == "ecgs:read"
    assert (
        me(query, signed_in).json() | {"email": person.email, "role": "client", "active": True}
        == me(query, signed_in).json()
    )
    refreshed = query.http.post(
        f"{query.url}/v1/token",
        data={"grant_type": "refresh_token", "refresh_token": signed_in.json()["refresh_token"]},
    )
    assert refreshed.status_code == 200, refreshed.text
    # The provider takes a code once.
    assert trade(query, code).status_code == 401
    token = {"Authorization": f"Bearer {signed_in.json()['access_token']}"}
    until(
        lambda: (
            {"user.create", "user.sign_in_by_provider"}
            <= {
                one["action"]
                for one in query.http.get(f"{query.url}/v1/audit", headers=token).json()["items"]
            }
        ),
        "both in the audit trail",
    )


def test_no_other_browser_goes_on(query: Query, provider: Keycloak) -> None:
    sent, other = authorize(query), authorize(query)
    back = at_the_provider(sent.headers["location"], provider.person(WARD))
    own, others = (one.headers["set-cookie"].partition(";")[0] for one in (sent, other))

    assert come_back(query, back, "").status_code == 401
    assert come_back(query, back, others).status_code == 401
    assert come_back(query, back | {"state": "x" * 43}, own).status_code == 401
    assert come_back(query, back | {"iss": "https://another.example"}, own).status_code == 401
    # Two tabs of one browser keep out of each other's way.
    assert come_back(query, back, f"{own}; {others}").status_code == 303


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "https://evil.example/back",
        f"{APPLICATION}/",
        f"{APPLICATION}?to=https://evil.example",
        "https://app.example@evil.example/back",
        "//evil.example",
        "javascript:alert(1)",
    ],
)
def test_nobody_is_sent_where_the_settings_do_not_say(query: Query, redirect_uri: str) -> None:
    refused = authorize(query, redirect_uri)

    assert refused.status_code == 422
    assert "location" not in refused.headers
    assert "evil" not in refused.text


def test_a_program_trades_the_providers_token(query: Query, provider: Keycloak) -> None:
    person = provider.person(WARD)
    by_own_client = exchange(query, provider.token(person))
    by_gateway = exchange(query, provider.token(person, GATEWAY, "access_token"), scope="ecgs:write")

    assert me(query, by_own_client).json()["id"] == me(query, by_gateway).json()["id"]
    assert by_gateway.json()["scope"] == "ecgs:write"
    for answer in (by_own_client, by_gateway):
        assert answer.json()["issued_token_type"] == "urn:ietf:params:oauth:token-type:access_token"
        assert "refresh_token" not in answer.json()
        assert answer.headers["cache-control"] == "no-store"


def test_a_token_for_somebody_else_is_none(query: Query, provider: Keycloak) -> None:
    person = provider.person(WARD)
    for token in (
        provider.token(person, ELSEWHERE),
        provider.token(person, ELSEWHERE, "access_token"),
        # Of this very client, and not for it: a token that it would itself show elsewhere.
        provider.token(person, CLIENT, "access_token"),
        provider.token(person, CLIENT, "refresh_token"),
        provider.token(person)[:-6] + "AAAAAA",
    ):
        refused = exchange(query, token)
        assert refused.status_code == 401, refused.text
        assert refused.headers["www-authenticate"].startswith("Bearer")


def test_groups_make_roles(query: Query, provider: Keycloak) -> None:
    admin = exchange(query, provider.token(provider.person(IT, WARD)))
    nobody = exchange(query, provider.token(provider.person()))

    assert me(query, admin).json()["role"] == "admin"
    assert nobody.status_code == 403


def test_another_group_is_another_role_and_ends_what_was_before(query: Query, provider: Keycloak) -> None:
    person = provider.person(WARD)
    before = exchange(query, provider.token(person))
    assert me(query, before).json()["role"] == "client"
    provider.join(person, IT)

    after = exchange(query, provider.token(person))

    assert me(query, after).json()["role"] == "admin"
    until(lambda: me(query, before).status_code == 401, "the token of before to end")


def test_an_address_that_is_not_verified_is_nobodys(query: Query, provider: Keycloak) -> None:
    user = query.new_user()
    unverified = exchange(query, provider.token(provider.person(WARD, verified=False, email=user.email)))
    new = exchange(query, provider.token(provider.person(WARD, verified=False)))

    assert unverified.status_code == new.status_code == 403
    assert query.sign_in(user.email, user.password).status_code == 200


def test_a_user_of_before_is_linked_by_a_verified_address_and_known_by_the_providers_name(
    query: Query, provider: Keycloak
) -> None:
    user = query.new_user()
    person = provider.person(WARD, email=user.email)
    assert me(query, exchange(query, provider.token(person))).json()["id"] == user.id
    # Whatever the address becomes: another's who is at the provider too.
    provider.call(person, fresh_address())
    other = provider.person(WARD, email=user.email)

    assert me(query, exchange(query, provider.token(person))).json()["id"] == user.id
    assert query.sign_in(user.email, user.password).status_code == 200
    assert exchange(query, provider.token(other)).status_code == 403


def test_the_first_admin_is_nobody_of_the_providers(query: Query, provider: Keycloak) -> None:
    assert exchange(query, provider.token(provider.person(IT, email=ADMIN))).status_code == 403


def test_who_is_deactivated_here_stays_out(query: Query, provider: Keycloak) -> None:
    person = provider.person(WARD)
    signed_in = exchange(query, provider.token(person))
    user_id = me(query, signed_in).json()["id"]
    admin = query.admin()
    out = query.http.patch(f"{query.url}/v1/users/{user_id}", json={"active": False}, headers=admin.headers)
    assert out.status_code == 200

    assert exchange(query, provider.token(person)).status_code == 403
    until(lambda: me(query, signed_in).status_code == 401, "the token of before to end")


def test_many_first_sign_ins_at_once_make_one_user(query: Query, provider: Keycloak) -> None:
    token = provider.token(provider.person(WARD))
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: exchange(query, token), range(8)))

    assert Counter(answer.status_code for answer in answers) == {200: 8}
    assert len({me(query, answer).json()["id"] for answer in answers}) == 1


def test_nobody_is_made_or_linked_unless_the_settings_say_so(strict: Query, provider: Keycloak) -> None:
    email = fresh_address()
    assert strict.register(email, strict.admin()).status_code == 201

    assert exchange(strict, provider.token(provider.person())).status_code == 403
    assert exchange(strict, provider.token(provider.person(email=email))).status_code == 403


def test_passwords_may_be_the_first_admins_alone(strict: Query, query: Query) -> None:
    user = query.new_user()
    refused = strict.sign_in(user.email, user.password)
    wrong = strict.sign_in(fresh_address(), "four words of nobody")
    invitation = strict.register(fresh_address(), strict.admin()).json()["invitation"]

    assert (refused.status_code, refused.json()["detail"]) == (401, wrong.json()["detail"])
    assert strict.sign_in(ADMIN, ADMIN_PASSWORD).status_code == 200
    body = {"invitation": invitation, "password": "five words, all of them new"}
    assert strict.http.post(f"{strict.url}/v1/invitations/redeem", json=body).status_code == 403
    assert redeem(query.http, query.url, invitation)


def test_a_provider_that_is_away_keeps_nobody_else_out(
    engines: Engines, tmp_path_factory: pytest.TempPathFactory, provider: Keycloak
) -> None:
    token = provider.token(provider.person(WARD))
    # Nothing listens on the discard port.
    told = settings("http://127.0.0.1:9/realms/hospital", "a secret")
    with serving(engines, tmp_path_factory.mktemp("away"), **told) as query:
        for away in (exchange(query, token), authorize(query)):
            assert away.status_code == 503
            assert int(away.headers["retry-after"]) > 0
        assert query.sign_in(ADMIN, ADMIN_PASSWORD).status_code == 200
        assert query.ready()


def test_the_provider_changes_its_keys(query: Query, provider: Keycloak) -> None:
    person = provider.person(WARD)
    before = provider.token(person)
    provider.rotate_keys()
    after = provider.token(person)

    until(lambda: exchange(query, after).status_code == 200, "the new key to be believed")
    assert exchange(query, before).status_code == 200
