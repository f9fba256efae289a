"""Wrong passwords on real engines: each has its wait in the end, over all processes, and honest users have none."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import httpx
import pytest

from harness.querying import Query, cassandra, fresh_address, serving
from harness.running import Engines, User

# This machine is a proxy, so that a test speaks for as many addresses as it needs.
PROXIED = {"ECG_PROXIES": "127.0.0.0/8", "ECG_WRONG_PASSWORDS_OF_ADDRESS": "50"}
_ADDRESSES = count(1)


@pytest.fixture(scope="module")
def proxied(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Query]:
    """A query API that believes whom it is asked for."""
    with serving(engines, tmp_path_factory.mktemp("proxied"), **PROXIED) as running:
        yield running


def somewhere() -> str:
    """An address that no test has used."""
    number = next(_ADDRESSES)
    return f"198.18.{number // 250}.{number % 250}"


def status(query: Query, email: str, password: str, address: str) -> int:
    return sign_in(query, email, password, address).status_code


def sign_in(query: Query, email: str, password: str, address: str) -> httpx.Response:
    form = {"username": email, "password": password}
    return query.http.post(f"{query.url}/v1/token", data=form, headers={"X-Forwarded-For": address})


def known(query: Query, address: str) -> User:
    """A new user who has signed in at this address."""
    user = query.new_user()
    assert status(query, user.email, user.password, address) == 200
    return user


def test_forty_wrong_passwords_and_then_the_right_one_has_to_wait(proxied: Query) -> None:
    here = somewhere()
    user, other = known(proxied, here), known(proxied, here)
    answers = [status(proxied, user.email, f"wrong {number}", here) for number in range(40)]
    right = sign_in(proxied, user.email, user.password, here)

    assert answers[:10] == [401] * 10
    # A wait or two may have passed meanwhile.
    assert Counter(answers)[401] < 16
    assert right.status_code == 429
    assert 1 <= int(right.headers["retry-after"]) <= 60
    assert right.json()["type"] == "urn:ecg:problem:too-many-requests"
    assert status(proxied, other.email, other.password, here) == 200


def test_an_address_without_a_user_meets_the_same_limit(proxied: Query) -> None:
    here, nobody = somewhere(), fresh_address()
    answers = [status(proxied, nobody, "wrong", here) for _ in range(16)]

    assert answers[:10] == [401] * 10
    assert 429 in answers


def test_the_limit_holds_over_all_processes(proxied: Query, engines: Engines, tmp_path: Path) -> None:
    here = somewhere()
    user = known(proxied, here)
    with serving(engines, tmp_path, **PROXIED) as second, ThreadPoolExecutor(16) as pool:
        both = proxied, second
        answers = list(
            pool.map(lambda number: status(both[number % 2], user.email, "wrong", here), range(60))
        )
        assert Counter(answers)[401] < 20
        assert all(429 in answers[number :: len(both)] for number in range(len(both)))


def test_the_right_password_forgets_the_wrong_ones_before_it(proxied: Query) -> None:
    here = somewhere()
    user = known(proxied, here)
    for _ in range(3):
        assert [status(proxied, user.email, "wrong", here) for _ in range(8)] == [401] * 8
        assert status(proxied, user.email, user.password, here) == 200


def test_nobody_elsewhere_locks_somebody_out(proxied: Query) -> None:
    home, lair = somewhere(), somewhere()
    user = known(proxied, home)
    assert 429 in [status(proxied, user.email, "wrong", lair) for _ in range(20)]
    # One address alone makes nobody else wait; several make wait who was never here.
    assert status(proxied, user.email, user.password, somewhere()) == 200
    for _ in range(4):
        lair = somewhere()
        for _ in range(10):
            status(proxied, user.email, "wrong", lair)

    assert status(proxied, user.email, user.password, somewhere()) == 429
    assert status(proxied, user.email, user.password, home) == 200


def test_who_tries_one_password_on_everybody_has_to_wait(proxied: Query) -> None:
    here = somewhere()
    user = known(proxied, here)
    tried = [status(proxied, fresh_address(), "Summer2026!!", here) for _ in range(70)]

    assert tried[:50] == [401] * 50
    assert 429 in tried
    assert status(proxied, fresh_address(), "Summer2026!!", somewhere()) == 401
    # A neighbour at the same address is not in it.
    assert status(proxied, user.email, user.password, here) == 200


def test_honest_users_sign_in_beside_eighty_guessers(proxied: Query) -> None:
    here = somewhere()
    honest = [known(proxied, here) for _ in range(3)]
    victims = [fresh_address() for _ in range(80)]
    with ThreadPoolExecutor(80) as pool:
        guesses = [
            pool.submit(status, proxied, victim, f"wrong {number}", here)
            for number in range(5)
            for victim in victims
        ]
        answers = [status(proxied, user.email, user.password, here) for _ in range(5) for user in honest]
        said = Counter(guess.result() for guess in guesses)

    assert answers == [200] * 15
    assert said.keys() == {401, 429}


def test_who_guesses_pairing_codes_makes_nobody_else_behind_the_proxy_wait(proxied: Query) -> None:
    lair, user = somewhere(), known(proxied, somewhere())

    def pair(code: str, address: str) -> int:
        body, headers = {"code": code}, {"X-Forwarded-For": address}
        return proxied.http.post(f"{proxied.url}/v1/devices/pair", json=body, headers=headers).status_code

    made = proxied.http.post(f"{proxied.url}/v1/devices/codes", json={"name": "Holter"}, headers=user.headers)
    assert [pair("ZZZZ-ZZZZ", lair) for _ in range(20)] == [404] * 20
    assert pair(made.json()["code"], lair) == 429
    assert pair(made.json()["code"], somewhere()) == 201


def test_neither_e_mail_nor_other_addresses_are_kept_with_attempts(proxied: Query, engines: Engines) -> None:
    status(proxied, fresh_address(), "wrong", somewhere())
    known(proxied, somewhere())
    body, headers = {"code": "ZZZZ-ZZZZ"}, {"X-Forwarded-For": somewhere()}
    proxied.http.post(f"{proxied.url}/v1/devices/pair", json=body, headers=headers)
    with cassandra(engines) as cluster:
        session = cluster.connect("ecg")
        kept = [row.counter for row in session.execute("SELECT counter FROM sign_in_attempts")]
        kept += [row.place for row in session.execute("SELECT place FROM sign_in_places")]
        codes = [row.subject for row in session.execute("SELECT subject FROM pairing_attempts")]
    assert codes
    assert {len(one) for one in kept + codes} == {64}
