"""What clients send: taken when it is right, told where when it is wrong, never repeated."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from query_api.users.bodies import parse_new_user, parse_sign_in
from schemas.problems import InvalidError, MalformedError


def places(error: InvalidError) -> list[str | None]:
    return [rule.pointer for rule in error.errors]


def test_a_sign_in_form_is_read() -> None:
    form = parse_sign_in(
        b"grant_type=password&username=ann%40example.com&password=p%C3%A4ss+word&client_id=x&scope=ecgs:read"
    )

    assert (form.username, form.password, form.scope) == ("ann@example.com", "päss word", "ecgs:read")


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        (b"", ["/username", "/password"]),
        (b"username=a", ["/password"]),
        (b"username=a&password=", ["/password"]),
        (b"username=a&password=b&grant_type=client_credentials", ["/grant_type"]),
        (b"username=a&password=b&username=c", [""]),
        (b'{"username":"a","password":"b"}', ["/username", "/password"]),
    ],
)
def test_a_form_that_lacks_something_says_what(body: bytes, pointers: list[str]) -> None:
    with pytest.raises(InvalidError) as raised:
        parse_sign_in(body)

    assert places(raised.value) == pointers


@pytest.mark.parametrize("body", [b"username=%ff&password=b", b"\xff=a", b"&".join([b"a=1"] * 17)])
def test_what_is_no_form_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedError):
        parse_sign_in(body)


def test_a_new_user_has_an_address_in_one_spelling() -> None:
    assert parse_new_user(b'{"email": "Ann@Example.COM"}') == "ann@example.com"


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
        (b'{"email": "ann@example.com", "role": "admin"}', [""]),
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


@given(st.binary(max_size=200))
def test_nothing_else_is_ever_raised(body: bytes) -> None:
    for parse in (parse_sign_in, parse_new_user):
        with suppress(InvalidError, MalformedError):
            parse(body)
