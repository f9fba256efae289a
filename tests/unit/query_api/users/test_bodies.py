"""What clients send: taken when it is right, told where when it is wrong, never repeated."""

import json
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from query_api.users.answers import MAX_BODY_BYTES
from query_api.users.bodies import (
    NewUser,
    UserChange,
    parse_new_user,
    parse_password_change,
    parse_redemption,
    parse_user_change,
)
from query_api.users.sign_in import MAX_FORM_BYTES
from schemas.passwords import MOST_CHARACTERS
from schemas.problems import InvalidError, MalformedError


def places(error: InvalidError) -> list[str | None]:
    return [rule.pointer for rule in error.errors]


def test_the_longest_password_is_taken_however_it_is_written() -> None:
    password = "\U0001f600" * MOST_CHARACTERS
    form = urlencode({"grant_type": "password", "username": "a" * 254, "password": password})
    change = json.dumps({"current_password": password, "password": password})

    assert len(form) <= MAX_FORM_BYTES
    assert len(change) <= MAX_BODY_BYTES
    assert parse_password_change(change.encode()).password == password


def test_a_new_user_has_an_address_in_one_spelling() -> None:
    assert parse_new_user(b'{"email": "Ann@Example.COM"}') == NewUser("ann@example.com", "client")
    assert parse_new_user(b'{"email": "ann@example.com", "role": "admin"}').role == "admin"


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        (b"[]", [""]),
        (b"null", [""]),
        (b"{}", ["/email"]),
        (b'{"email": null}', ["/email"]),
        (b'{"email": 1}', ["/email"]),
        (b'{"email": "ann"}', ["/email"]),
        (b'{"email": "ann@example.com\\n"}', ["/email"]),
        (b'{"email": "ann@example.com", "role": "root"}', ["/role"]),
        (b'{"email": "ann@example.com", "role": {}}', ["/role"]),
        (b'{"email": "ann@example.com", "password": "a"}', [""]),
        (b'{"a/b~": 1}', ["", "/email"]),
        (b'{"email": "ann@example.com", "email": "ann@example.com"}', [""]),
        (b'{"email": [{"a": 1}], "email": {}}', ["", "/email"]),
    ],
)
def test_a_new_user_that_breaks_rules_says_which(body: bytes, pointers: list[str]) -> None:
    with pytest.raises(InvalidError) as raised:
        parse_new_user(body)

    assert places(raised.value) == pointers


@pytest.mark.parametrize(
    ("body", "offset"),
    [(b"", 0), (b'{"email":', 9), (b'{"email": "a"}x', 14), (b"\xef\xbb\xbf{}", 0), (b"{'a': 1}", 1)],
)
def test_what_is_no_json_says_where(body: bytes, offset: int) -> None:
    with pytest.raises(MalformedError) as raised:
        parse_new_user(body)

    assert raised.value.offset == offset


@pytest.mark.parametrize("body", [b'"\xff"', b"[" * 4096, b'{"email": "\\ud800"}', b"NaN"])
def test_other_junk_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedError):
        parse_new_user(body)


@pytest.mark.parametrize(
    ("parse", "body", "pointers"),
    [
        (parse_redemption, b"{}", ["/invitation", "/password"]),
        (parse_redemption, b'{"invitation": "", "password": "aaaaaaaaaaaa"}', ["/invitation"]),
        (parse_redemption, b'{"invitation": "a", "password": "aaaaaaaaaaa"}', ["/password"]),
        (parse_redemption, b'{"invitation": "a", "password": 123456789012}', ["/password"]),
        (parse_redemption, b'{"invitation": "a", "password": "aaaaaaaaaaaa", "b": 1}', [""]),
        (parse_password_change, b'{"password": "aaaaaaaaaaaa"}', ["/current_password"]),
        (parse_user_change, b'{"active": 1}', ["/active"]),
        (parse_user_change, b'{"active": null, "role": "root"}', ["/role", "/active"]),
        (parse_user_change, b'{"email": "ann@example.com"}', [""]),
    ],
)
def test_other_bodies_that_break_rules_say_which(
    parse: Callable[[bytes], object], body: bytes, pointers: list[str]
) -> None:
    with pytest.raises(InvalidError) as raised:
        parse(body)

    assert places(raised.value) == pointers


def test_what_is_left_out_of_a_change_stays() -> None:
    assert parse_user_change(b'{"active": false}') == UserChange(active=False)
    assert parse_user_change(b"{}") == UserChange()


@given(st.binary(max_size=200))
def test_nothing_else_is_ever_raised(body: bytes) -> None:
    for parse in (
        parse_new_user,
        parse_redemption,
        parse_password_change,
        parse_user_change,
    ):
        with suppress(InvalidError, MalformedError):
            parse(body)
