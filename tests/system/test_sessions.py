"""Sessions on real engines: gone on with by refresh tokens that are good once, and ended at both APIs."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from harness.querying import Query, serving
from harness.running import Engines, System, User, until

ECG = {"leads": [{"name": "I", "signal": [1, -1]}]}


def signed_in(query: Query, user: User) -> dict[str, Any]:
    answer: dict[str, Any] = query.sign_in(user.email, user.password).json()
    return answer


def refresh(query: Query, token: str) -> httpx.Response:
    form = {"grant_type": "refresh_token", "refresh_token": token}
    return query.http.post(f"{query.url}/v1/token", data=form)


def me(query: Query, token: str) -> int:
    return query.get("/v1/users/me", Authorization=f"Bearer {token}").status_code


def test_a_session_goes_on_by_tokens_that_are_good_once(query: Query) -> None:
    user = query.new_user()
    first = signed_in(query, user)
    second = refresh(query, first["refresh_token"])
    assert second.status_code == 200
    assert second.headers["cache-control"] == "no-store"
    assert second.json().keys() == first.keys()
    assert me(query, second.json()["access_token"]) == 200
    # Who lost the answer gets the same next one again.
    again = refresh(query, first["refresh_token"]).json()
    assert again["refresh_token"] == second.json()["refresh_token"]

    third = refresh(query, second.json()["refresh_token"]).json()
    assert me(query, third["access_token"]) == 200
    # The first one has been traded twice over: somebody has a copy.
    reused = refresh(query, first["refresh_token"])
    assert reused.status_code == 401
    assert refresh(query, third["refresh_token"]).status_code == 401
    assert me(query, third["access_token"]) == 401
    assert query.sign_in(user.email, user.password).status_code == 200


def test_many_who_trade_one_at_once_go_on_together(query: Query) -> None:
    token = signed_in(query, query.new_user())["refresh_token"]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: refresh(query, token), range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_who_signs_out_is_out_at_every_copy(
    query: Query, engines: Engines, tmp_path: Path, kind: str
) -> None:
    user = query.new_user()
    mine, other = signed_in(query, user), signed_in(query, user)
    with serving(engines, tmp_path) as second:
        out = query.http.post(f"{query.url}/v1/revoke", data={"token": mine[kind]})
        assert (out.status_code, out.content) == (204, b"")
        assert me(query, mine["access_token"]) == 401
        assert refresh(second, mine["refresh_token"]).status_code == 401
        until(lambda: me(second, mine["access_token"]) == 401, "the other copy to know")
        # Another session of the same user is not in it.
        assert me(query, other["access_token"]) == 200
        assert refresh(query, other["refresh_token"]).status_code == 200
    assert query.http.post(f"{query.url}/v1/revoke", data={"token": "secret"}).status_code == 204


def test_a_session_has_the_scopes_that_were_asked_for(query: Query) -> None:
    user = query.new_user()
    form = {"username": user.email, "password": user.password, "scope": "ecgs:write"}
    token = query.http.post(f"{query.url}/v1/token", data=form).json()["refresh_token"]
    assert refresh(query, token).json()["scope"] == "ecgs:write"


def test_who_is_deactivated_or_has_a_new_password_trades_no_older_token(query: Query) -> None:
    admin, user = query.admin(), query.new_user()
    held = [signed_in(query, user)["refresh_token"] for _ in range(2)]
    path = f"{query.url}/v1/users/{user.id}"
    assert query.http.patch(path, json={"active": False}, headers=admin.headers).status_code == 200
    assert refresh(query, held[0]).status_code == 401
    assert query.http.patch(path, json={"active": True}, headers=admin.headers).status_code == 200
    assert refresh(query, held[0]).status_code == 401

    after = signed_in(query, user)
    body = {"current_password": user.password, "password": "five words, all of them new"}
    bearer = {"Authorization": f"Bearer {after['access_token']}"}
    changed = query.http.put(f"{query.url}/v1/users/me/password", json=body, headers=bearer)
    assert refresh(query, after["refresh_token"]).status_code == 401
    assert refresh(query, changed.json()["refresh_token"]).status_code == 200


def test_the_ingest_api_takes_nothing_from_who_signed_out_or_is_deactivated(system: System) -> None:
    def sends(user: User) -> int:
        return system.http.post(f"{system.ingest_url}/v1/ecgs", json=ECG, headers=user.headers).status_code

    leaver, dismissed = system.new_user(), system.new_user()
    assert [sends(user) for user in (leaver, dismissed)] == [202, 202]
    asked = time.monotonic()
    system.http.post(f"{system.query_url}/v1/revoke", data={"token": leaver.token})
    system.http.patch(
        f"{system.query_url}/v1/users/{dismissed.id}", json={"active": False}, headers=system.admin.headers
    )
    until(lambda: [sends(user) for user in (leaver, dismissed)] == [401, 401], "both to be out")
    assert time.monotonic() - asked < 5
