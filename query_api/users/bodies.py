"""What clients send to the query API: the sign-in form and the new user. Strict; no error repeats it."""

import json
import re
from collections import Counter
from typing import Any, Literal
from urllib.parse import parse_qsl

import msgspec

from query_api.emails import normalised
from schemas.problems import InvalidError, MalformedError, RuleError

_MAX_FIELDS = 16
_BYTE = re.compile(r"\(byte (\d+)\)")


class SignIn(msgspec.Struct, frozen=True):
    """The OAuth 2.0 password form (RFC 6749, section 4.3.2). `scope`: fewer than the role's, if wanted."""

    username: str
    password: str
    grant_type: Literal["password"] = "password"
    scope: str = ""


class NewUser(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is to be registered."""

    email: str


def parse_sign_in(body: bytes) -> SignIn:
    """The form in `body`. Fields that OAuth clients add, such as ``client_id``, are passed over.

    Raises MalformedError for what is no form, InvalidError for a form without what is needed.
    """
    try:
        fields = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS)
    except ValueError:
        raise MalformedError("the body is not a form, URL-encoded UTF-8") from None
    form = dict(fields)
    errors = [
        RuleError("missing", pointer=f"/{name}") for name in ("username", "password") if not form.get(name)
    ]
    if form.get("grant_type", "password") != "password":
        errors.append(RuleError("only the password grant is spoken", pointer="/grant_type"))
    if len(form) != len(fields):
        errors.append(RuleError("a field is there twice", pointer=""))
    if errors:
        raise InvalidError(errors)
    return SignIn(form["username"], form["password"], scope=form.get("scope", ""))


def parse_new_user(body: bytes) -> str:
    """The normalised e-mail address of the user in `body`, which is JSON.

    Raises MalformedError for what is no JSON, InvalidError for JSON that is not a NewUser.
    """
    sent = _decode(body)
    if not isinstance(sent, dict):
        raise InvalidError([RuleError("not an object", pointer="")])
    errors = []
    if sent.keys() - {"email"}:
        errors.append(RuleError("has unknown members; known is email", pointer=""))
    if _repeats(body):
        errors.append(RuleError("has a member twice", pointer=""))
    email = sent.get("email")
    address = ""
    if "email" not in sent:
        errors.append(RuleError("missing", pointer="/email"))
    elif not isinstance(email, str):
        errors.append(RuleError("not text", pointer="/email"))
    else:
        try:
            address = normalised(email)
        except ValueError as error:
            errors.append(RuleError(str(error), pointer="/email"))
    if errors:
        raise InvalidError(errors)
    return address


def _decode(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        raise MalformedError("not JSON", offset=_offset(str(error), len(body))) from None
    except UnicodeDecodeError:
        raise MalformedError("not UTF-8") from None
    except RecursionError:
        raise MalformedError("nested too deeply") from None


def _offset(message: str, end: int) -> int:
    place = _BYTE.search(message)
    if place is None:
        return end
    # The decoder has read on by one when it finds more behind the end.
    return int(place[1]) - message.count("trailing characters")


def _repeats(body: bytes) -> bool:
    """Whether the outermost object of `body`, which is JSON, has a member twice."""
    try:
        members = json.loads(body, object_pairs_hook=list, parse_int=str)
    except RecursionError:
        raise MalformedError("nested too deeply") from None
    return any(times > 1 for times in Counter(name for name, _ in members).values())
