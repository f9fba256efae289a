"""The OAuth 2.0 forms of signing in and out. Strict; no error repeats what was sent. Fields that OAuth clients add are
passed over.
"""

import re
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qsl

import msgspec

from schemas.problems import InvalidError, MalformedError, RuleError

_MAX_FIELDS = 16
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
# RFC 8693, section 3: whatever the provider calls it, it is a JWT that it has signed.
_TAKEN_TYPES = "^urn:ietf:params:oauth:token-type:(access_token|id_token|jwt)$"
# RFC 7636, section 4.1.
_VERIFIER = "^[A-Za-z0-9._~-]{43,128}$"

Text = Annotated[str, msgspec.Meta(min_length=1)]
Verifier = Annotated[str, msgspec.Meta(pattern=_VERIFIER)]
SubjectTokenType = Annotated[str, msgspec.Meta(pattern=_TAKEN_TYPES)]


class SignIn(msgspec.Struct, frozen=True, tag_field="grant_type", tag="password"):
    """The OAuth 2.0 password form (RFC 6749, section 4.3.2). `scope`: fewer than the role's, if wanted."""

    username: Text
    password: Text
    scope: str = ""


class Refresh(msgspec.Struct, frozen=True, tag_field="grant_type", tag="refresh_token"):
    """The OAuth 2.0 refresh form (RFC 6749, section 6)."""

    refresh_token: Text


class CodeGrant(msgspec.Struct, frozen=True, tag_field="grant_type", tag="authorization_code"):
    """The OAuth 2.0 code form (RFC 6749, section 4.1.3), with PKCE: what a browser came back with from a sign-in by the
    provider. `redirect_uri`: where it came back to; `code_verifier`: what the challenge was made from.
    """

    code: Text
    redirect_uri: Text
    code_verifier: Verifier


class Exchange(msgspec.Struct, frozen=True, tag_field="grant_type", tag=EXCHANGE):
    """The OAuth 2.0 exchange form (RFC 8693): a token of the provider's for one of this system's. `scope`: fewer than
    the role's, if wanted.
    """

    subject_token: Text
    subject_token_type: SubjectTokenType
    scope: str = ""


class SignOut(msgspec.Struct, frozen=True):
    """The OAuth 2.0 revocation form (RFC 7009). `token`: an access or a refresh token of the session that is to end."""

    token: Text


Grant = SignIn | Refresh | CodeGrant | Exchange


def parse_token_request(body: bytes) -> Grant:
    """The form in `body`; a password's where it names no grant.

    Raises MalformedError for what is no form, InvalidError for a form without what is needed.
    """
    form, errors = _form(body)
    made: Grant | None = None
    match form.get("grant_type", "password"):
        case "password":
            errors += _missing(form, "username", "password")
            if not errors:
                made = SignIn(form["username"], form["password"], scope=form.get("scope", ""))
        case "refresh_token":
            errors += _missing(form, "refresh_token")
            if not errors:
                made = Refresh(form["refresh_token"])
        case "authorization_code":
            errors += _missing(form, "code", "redirect_uri", "code_verifier")
            if not errors and not re.fullmatch(_VERIFIER, form["code_verifier"]):
                errors.append(RuleError("not 43 to 128 letters, digits, - . _ ~", pointer="/code_verifier"))
            if not errors:
                made = CodeGrant(form["code"], form["redirect_uri"], form["code_verifier"])
        case kind if kind == EXCHANGE:
            errors += _missing(form, "subject_token", "subject_token_type")
            if not errors and not re.fullmatch(_TAKEN_TYPES, form["subject_token_type"]):
                errors.append(RuleError("no type of token that is taken", pointer="/subject_token_type"))
            if not errors:
                made = Exchange(form["subject_token"], form["subject_token_type"], form.get("scope", ""))
        case _:
            errors.append(RuleError("no grant that is taken here", pointer="/grant_type"))
    if made is None:
        raise InvalidError(errors)
    return made


def parse_sign_out(body: bytes) -> SignOut:
    """The form in `body`. Raises as `parse_token_request` does."""
    form, errors = _form(body)
    errors += _missing(form, "token")
    if errors:
        raise InvalidError(errors)
    return SignOut(form["token"])


def _missing(form: Mapping[str, str], *names: str) -> list[RuleError]:
    return [RuleError("missing", pointer=f"/{name}") for name in names if not form.get(name)]


def _form(body: bytes) -> tuple[dict[str, str], list[RuleError]]:
    try:
        fields = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS)
    except ValueError:
        raise MalformedError("the body is not a form, URL-encoded UTF-8") from None
    form = dict(fields)
    errors = []
    if len(form) != len(fields):
        errors.append(RuleError("a field is there twice", pointer=""))
    return form, errors
