"""What clients send about users, as JSON. Strict; no error repeats what was sent."""

from collections.abc import Mapping
from typing import Annotated, Any, get_args

import msgspec

from query_api.emails import normalised
from query_api.json_bodies import parse_object
from query_api.users.forms import Text
from schemas.claims import Role
from schemas.passwords import LEAST_CHARACTERS, MOST_CHARACTERS, broken_rule
from schemas.problems import InvalidError, RuleError

_ROLES: tuple[Role, ...] = get_args(Role)
_NOT_A_ROLE = RuleError(f"not one of {', '.join(_ROLES)}", pointer="/role")

NewPassword = Annotated[str, msgspec.Meta(min_length=LEAST_CHARACTERS, max_length=MOST_CHARACTERS)]


class NewUser(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is to be registered."""

    email: Annotated[str, msgspec.Meta(extra_json_schema={"format": "email"})]
    role: Role = "client"


class Redemption(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An invitation, and the password that is wanted for it: 12 to 1,024 characters, not easily guessed."""

    invitation: Text
    password: NewPassword


class PasswordChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The password of before, and the one that is wanted: 12 to 1,024 characters, not easily guessed."""

    current_password: Text
    password: NewPassword


class UserChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is to be changed of a user; what is left out stays. `active`: whether they may sign in."""

    role: Role | msgspec.UnsetType = msgspec.UNSET
    active: bool | msgspec.UnsetType = msgspec.UNSET


def parse_new_user(body: bytes) -> NewUser:
    """The user in `body`, which is JSON, with their address normalised.

    Raises, as all that follow do, MalformedError for what is no JSON, InvalidError for JSON that breaks a rule.
    """
    sent, errors = parse_object(body, "email", "role")
    email = _text(sent, "email", errors)
    role = sent.get("role", "client")
    if role not in _ROLES:
        errors.append(_NOT_A_ROLE)
    if email is not None:
        try:
            email = normalised(email)
        except ValueError as error:
            errors.append(RuleError(str(error), pointer="/email"))
    if errors or email is None:
        raise InvalidError(errors)
    return NewUser(email, role)


def parse_redemption(body: bytes) -> Redemption:
    """The trade in `body`, which is JSON."""
    return Redemption(*_with_password(body, "invitation"))


def parse_password_change(body: bytes) -> PasswordChange:
    """The change in `body`, which is JSON."""
    return PasswordChange(*_with_password(body, "current_password"))


def parse_user_change(body: bytes) -> UserChange:
    """The change in `body`, which is JSON."""
    sent, errors = parse_object(body, "role", "active")
    if "role" in sent and sent["role"] not in _ROLES:
        errors.append(_NOT_A_ROLE)
    if "active" in sent and not isinstance(sent["active"], bool):
        errors.append(RuleError("neither true nor false", pointer="/active"))
    if errors:
        raise InvalidError(errors)
    return UserChange(**sent)


def _with_password(body: bytes, proof: str) -> tuple[str, str]:
    """What proves who it is, and the new password, of an object that has the two."""
    sent, errors = parse_object(body, proof, "password")
    proven, password = _text(sent, proof, errors), _text(sent, "password", errors)
    broken = None if password is None else broken_rule(password)
    if broken is not None:
        errors.append(RuleError(broken, pointer="/password"))
    if errors or proven is None or password is None:
        raise InvalidError(errors)
    return proven, password


def _text(sent: Mapping[str, Any], name: str, errors: list[RuleError]) -> str | None:
    found = sent.get(name)
    if name not in sent:
        errors.append(RuleError("missing", pointer=f"/{name}"))
    elif not isinstance(found, str):
        errors.append(RuleError("not text", pointer=f"/{name}"))
    elif not found:
        errors.append(RuleError("empty", pointer=f"/{name}"))
    else:
        return found
    return None
