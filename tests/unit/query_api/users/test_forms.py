"""What OAuth clients send: taken when it is right, told where when it is wrong, never repeated."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from query_api.users.forms import (
    CodeGrant,
    Exchange,
    Refresh,
    SignIn,
    SignOut,
    parse_sign_out,
    parse_token_request,
)
from schemas.problems import InvalidError, MalformedError

EXCHANGE = b"grant_type=urn:ietf:params:oauth:grant-type:token-exchange"
TOKEN_TYPE = "urn:ietf:params:oauth:token-type:"
VERIFIER = "v" * 43


def test_a_sign_in_form_is_read() -> None:
    form = parse_token_request(
        b"grant_type=password&username=ann%40example.com&password=p%C3%A4ss+word&client_id=x&scope=ecgs:read"
    )

    assert form == SignIn("ann@example.com", "päss word", "ecgs:read")
    assert parse_token_request(b"grant_type=refresh_token&refresh_token=a") == Refresh("a")
    code = f"grant_type=authorization_code&code=c&redirect_uri=https://a.example/b&code_verifier={VERIFIER}"
    assert parse_token_request(code.encode()) == CodeGrant("c", "https://a.example/b", VERIFIER)
    exchange = EXCHANGE + f"&subject_token=t&subject_token_type={TOKEN_TYPE}id_token".encode()
    assert parse_token_request(exchange) == Exchange("t", f"{TOKEN_TYPE}id_token")
    assert parse_sign_out(b"token=a&token_type_hint=refresh_token") == SignOut("a")


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        (b"", ["/username", "/password"]),
        (b"username=a", ["/password"]),
        (b"username=a&password=", ["/password"]),
        (b"username=a&password=b&grant_type=client_credentials", ["/grant_type"]),
        (b"username=a&password=b&username=c", [""]),
        (b"username=a&password=b&grant_type=refresh_token", ["/refresh_token"]),
        (b'{"username":"a","password":"b"}', ["/username", "/password"]),
        (b"grant_type=authorization_code&code=c", ["/redirect_uri", "/code_verifier"]),
        (b"grant_type=authorization_code&code=c&redirect_uri=u&code_verifier=short", ["/code_verifier"]),
        (EXCHANGE, ["/subject_token", "/subject_token_type"]),
        (EXCHANGE + b"&subject_token=t&subject_token_type=saml2", ["/subject_token_type"]),
    ],
)
def test_a_form_that_lacks_something_says_what(body: bytes, pointers: list[str]) -> None:
    with pytest.raises(InvalidError) as raised:
        parse_token_request(body)

    assert [rule.pointer for rule in raised.value.errors] == pointers


@pytest.mark.parametrize("body", [b"username=%ff&password=b", b"\xff=a", b"&".join([b"a=1"] * 17)])
def test_what_is_no_form_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedError):
        parse_token_request(body)


@given(st.binary(max_size=200))
def test_nothing_else_is_ever_raised(body: bytes) -> None:
    for parse in (parse_token_request, parse_sign_out):
        with suppress(InvalidError, MalformedError):
            parse(body)
