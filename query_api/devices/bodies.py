"""What clients send about devices: a name, and a pairing code. Strict; no error repeats it."""

import unicodedata
from typing import Annotated

import msgspec

from query_api.devices.pairing import CODE_PATTERN, normalised
from query_api.json_bodies import parse_object
from schemas.problems import InvalidError, RuleError

_MAX_NAME_CHARACTERS = 64
# Controls, marks that turn the direction of writing, surrogates, what is not assigned, line ends.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"})


class NewDevice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A device that is to be issued a token or a pairing code, or called otherwise. `name`: what its user calls it."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=_MAX_NAME_CHARACTERS)]


class PairingCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a device brings to be paired."""

    code: Annotated[str, msgspec.Meta(pattern=CODE_PATTERN)]


def parse_new_device(body: bytes) -> str:
    """The name of the device in `body`, which is JSON. Raises MalformedError or InvalidError."""
    sent, errors = parse_object(body, "name")
    name = sent.get("name")
    if "name" not in sent:
        errors.append(RuleError("missing", pointer="/name"))
    elif not isinstance(name, str):
        errors.append(RuleError("not text", pointer="/name"))
    elif not _is_name(name):
        detail = f"must be 1 to {_MAX_NAME_CHARACTERS} visible characters, without blanks around them"
        errors.append(RuleError(detail, pointer="/name"))
    if errors:
        raise InvalidError(errors)
    return unicodedata.normalize("NFC", str(name))


def parse_code(body: bytes) -> str:
    """The normalised code in `body`, which is JSON. Raises MalformedError or InvalidError."""
    sent, errors = parse_object(body, "code")
    code, typed = "", sent.get("code")
    if "code" not in sent:
        errors.append(RuleError("missing", pointer="/code"))
    elif not isinstance(typed, str):
        errors.append(RuleError("not text", pointer="/code"))
    else:
        try:
            code = normalised(typed)
        except ValueError as error:
            errors.append(RuleError(str(error), pointer="/code"))
    if errors:
        raise InvalidError(errors)
    return code


def _is_name(name: str) -> bool:
    hidden = any(unicodedata.category(one) in _HIDDEN for one in name)
    return bool(name) and len(name) <= _MAX_NAME_CHARACTERS and name == name.strip() and not hidden
