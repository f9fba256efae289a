"""Reads JSON bodies, which are objects of a few known members. Strict; no error repeats what was sent."""

import json
import re
from collections import Counter
from typing import Any

import msgspec

from schemas.problems import InvalidError, MalformedError, RuleError

_BYTE = re.compile(r"\(byte (\d+)\)")


def parse_object(body: bytes, *known: str) -> tuple[dict[str, Any], list[RuleError]]:
    """The object in `body`, and the rules about its members that it breaks, to be added to by who knows their meaning.

    Raises MalformedError for what is no JSON, InvalidError for JSON that is no object.
    """
    sent = _decode(body)
    if not isinstance(sent, dict):
        raise InvalidError([RuleError("not an object", pointer="")])
    errors = []
    if sent.keys() - set(known):
        detail = f"has unknown members; known is {known[0]}"
        if len(known) > 1:
            detail = f"has unknown members; known are {', '.join(known)}"
        errors.append(RuleError(detail, pointer=""))
    if _repeats(body):
        errors.append(RuleError("has a member twice", pointer=""))
    return sent, errors


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
