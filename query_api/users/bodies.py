"""What clients send to the query API: the sign-in form and the new user. Strict; no error repeats it."""

from typing import Literal
from urllib.parse import parse_qsl

import msgspec

from query_api.emails import normalised
from query_api.json_bodies import parse_object
from schemas.problems import InvalidError, MalformedError, RuleError

_MAX_FIELDS = 16


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
    sent, errors = parse_object(body, "email")
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
