"""Accounts on real engines: invited, given a password of one's own, deactivated and back; one admin always stays."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from harness import access
from harness.querying import ADMIN_PASSWORD, Query, cassandra, fresh_address, serving, started
from harness.running import Engines, User, redeem, until
from schemas.guessable import REFUSAL

NEW = "five words, all of them new"
NOBODY = {"ECG_ADMIN_EMAIL": None, "ECG_ADMIN_PASSWORD": None}


def trade(query: Query, invitation: str, password: str = NEW) -> httpx.Response:
    body = {"invitation": invitation, "password": password}
    return query.http.post(f"{query.url}/v1/invitations/redeem", json=body)


def change(query: Query, admin: User, user: User, **what: object) -> httpx.Response:
    return query.http.patch(f"{query.url}/v1/users/{user.id}", json=what, headers=admin.headers)


def invite(query: Query, admin: User, user: User) -> httpx.Response:
    return query.http.post(f"{query.url}/v1/users/{user.id}/invitations", headers=admin.headers)


def change_password(query: Query, user: User, before: str, after: str) -> httpx.Response:
    body = {"current_password": before, "password": after}
    return query.http.put(f"{query.url}/v1/users/me/password", json=body, headers=user.headers)


def another_admin(query: Query, admin: User) -> User:
    body = {"email": fresh_address(), "role": "admin"}
    created = query.http.post(f"{query.url}/v1/users", json=body, headers=admin.headers)
    assert created.status_code == 201, created.text
    return query.user(body["email"], redeem(query.http, query.url, created.json()["invitation"]))


def is_out(query: Query, user: User) -> bool:
    return query.get("/v1/users/me", user).status_code == 401


def test_an_invitation_is_good_once_however_many_trade_it_at_once(query: Query) -> None:
    email = fresh_address()
    invitation = query.register(email, query.admin()).json()["invitation"]
    with ThreadPoolExecutor(8) as pool:
        passwords = [f"{NEW} {number}" for number in range(8)]
        answers = list(pool.map(lambda one: trade(query, invitation, one), passwords))

    assert Counter(answer.status_code for answer in answers) == {200: 1, 404: 7}
    winner = next(one for one, answer in zip(passwords, answers, strict=True) if answer.status_code == 200)
    assert query.sign_in(email, winner).status_code == 200


def test_one_that_was_used_replaced_has_ended_or_never_was_is_one_answer(
    query: Query, engines: Engines
) -> None:
    admin = query.admin()
    user = query.new_user()
    replaced = invite(query, admin, user).json()["invitation"]
    used = invite(query, admin, user).json()["invitation"]
    assert trade(query, used).status_code == 200
    ended = invite(query, admin, user).json()["invitation"]
    with cassandra(engines) as cluster:
        cluster.connect("ecg").execute(
            "UPDATE users_by_email SET invited_until = 1 WHERE email = %s IF EXISTS", (user.email,)
        )
    answers = [trade(query, one) for one in (replaced, used, ended, ended[:-4] + "AAAA", "secret")]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1


def test_a_forgotten_password_is_replaced_and_earlier_tokens_end(query: Query) -> None:
    user = query.new_user()
    invited = invite(query, query.admin(), user)
    assert invited.status_code == 201
    assert invited.json()["email"] == user.email
    # Until it is traded all is as before.
    assert query.sign_in(user.email, user.password).status_code == 200
    assert trade(query, invited.json()["invitation"]).status_code == 200

    assert is_out(query, user)
    assert query.sign_in(user.email, user.password).status_code == 401
    assert not is_out(query, query.user(user.email, NEW))


def test_a_new_password_ends_all_tokens_but_the_one_it_is_answered_with(query: Query) -> None:
    user = query.new_user()
    other = query.user(user.email, user.password)
    assert change_password(query, user, "a wrong one", NEW).status_code == 401
    changed = change_password(query, user, user.password, NEW)

    assert changed.status_code == 200
    assert is_out(query, user)
    assert is_out(query, other)
    assert not is_out(query, replace(user, token=changed.json()["access_token"]))
    assert query.sign_in(user.email, user.password).status_code == 401
    assert query.sign_in(user.email, NEW).status_code == 200


@pytest.mark.parametrize("password", ["", "a" * 11, "x" * 1025])
def test_a_password_has_a_length(query: Query, password: str) -> None:
    user = query.new_user()
    answer = change_password(query, user, user.password, password)

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/password"]


def test_a_password_that_is_easily_guessed_is_refused(query: Query) -> None:
    user = query.new_user()
    invitation = invite(query, query.admin(), user).json()["invitation"]
    about = f"{user.email.partition('@')[0]} 2026!"
    answers = [trade(query, invitation, "Password1234"), trade(query, invitation, about)]
    answers.append(change_password(query, user, user.password, "passwordpassword"))

    for answer in answers:
        assert answer.status_code == 422
        (error,) = answer.json()["errors"]
        assert error == {"detail": REFUSAL, "pointer": "/password"}
    # Nothing has changed, and the invitation is as good as before.
    assert query.sign_in(user.email, user.password).status_code == 200
    assert trade(query, invitation).status_code == 200


def test_guesses_at_the_password_of_before_have_their_wait_too(query: Query) -> None:
    user = query.new_user()
    answers = [change_password(query, user, "a wrong one", NEW).status_code for _ in range(16)]

    assert answers[:10] == [401] * 10
    assert 429 in answers


def test_who_is_deactivated_is_out_everywhere_and_may_come_back(
    query: Query, engines: Engines, tmp_path: Path
) -> None:
    admin, user = query.admin(), query.new_user()
    with serving(engines, tmp_path) as second:
        assert change(query, admin, user, active=False).json()["active"] is False
        asked = time.monotonic()
        assert is_out(query, user)
        until(lambda: is_out(second, user), "the other copy to know")
        assert time.monotonic() - asked < 5
        refused = second.sign_in(user.email, user.password)
        assert refused.status_code == 401
        assert refused.content == second.sign_in(user.email, "a wrong one").content

        assert change(second, admin, user, active=True).json()["active"] is True
        assert second.sign_in(user.email, user.password).status_code == 200
        # What was issued before does not come back.
        assert is_out(second, user)


def test_a_role_is_changed_and_tokens_of_the_old_one_end(query: Query) -> None:
    admin, user = query.admin(), query.new_user()
    assert change(query, admin, user, role="admin").json()["role"] == "admin"
    assert is_out(query, user)
    promoted = query.user(user.email, user.password)
    assert query.get("/v1/users", promoted).status_code == 200
    assert change(query, admin, user, role="client").status_code == 200
    assert is_out(query, promoted)


def test_no_route_changes_the_first_admin(query: Query) -> None:
    admin = query.admin()
    other = another_admin(query, admin)
    refused = [
        change(query, other, admin, active=False),
        change(query, other, admin, role="client"),
        invite(query, other, admin),
        change_password(query, admin, ADMIN_PASSWORD, NEW),
    ]
    assert {answer.status_code for answer in refused} == {403}
    assert query.sign_in(admin.email, ADMIN_PASSWORD).status_code == 200


def test_one_active_admin_stays_also_when_two_end_each_other(engines: Engines, tmp_path: Path) -> None:
    keyspace = f"admins_{time.time_ns()}"
    access.apply_tables(engines.cassandra, keyspace)
    told = {"ECG_CASSANDRA_KEYSPACE": keyspace}
    with serving(engines, tmp_path, **told) as first:
        two = [another_admin(first, first.admin()) for _ in range(2)]
        root = first.admin()
    # From now on the settings name nobody: the first admin is one like any other.
    with serving(engines, tmp_path, **told, **NOBODY) as query:
        until(lambda: query.get("/v1/users/me", two[0]).status_code == 200, "all that was revoked to be read")
        assert change(query, two[0], root, active=False).status_code == 200
        with ThreadPoolExecutor(2) as pool:
            said = list(
                pool.map(lambda pair: change(query, *pair, active=False).status_code, (two, two[::-1]))
            )
        assert said.count(200) == 1
        assert set(said) <= {200, 401, 403}
        last = two[said.index(200)]
        assert change(query, last, last, active=False).status_code == 403
        assert change(query, last, last, role="client").status_code == 403
        assert query.get("/v1/users", last).status_code == 200


def test_a_clients_address_is_not_made_an_admins(query: Query, engines: Engines, tmp_path: Path) -> None:
    client = query.new_user()
    told = {"ECG_ADMIN_EMAIL": client.email, "ECG_ADMIN_PASSWORD": "another one, as long"}
    with started(engines, tmp_path, **told) as refusing:
        until(lambda: "is the address of a client" in refusing.log.read_text(), "the refusal to be told")
        assert refusing.http.get(f"{refusing.url}/readyz").status_code == 503
        assert "ecg_query_first_admin_refused 1.0" in refusing.http.get(f"{refusing.url}/metrics").text
        assert client.email not in refusing.log.read_text()
    assert query.sign_in(client.email, client.password).status_code == 200
    assert query.get("/v1/users", client).status_code == 403
