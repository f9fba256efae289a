"""One request and what came of it, without any network: what the core hands to a shell, and gets back."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from ecg_client.errors import (
    BrokenRule,
    EcgError,
    NoAnswerError,
    ProblemError,
    UnexpectedAnswerError,
    problem_class,
)
from schemas.problems import CONTENT_TYPE as PROBLEM

Progress = Callable[[int, int], None]

# Statuses with which a proxy in front may speak for a service, in words of its own.
_PROXIES = frozenset({408, 413, 429, *range(500, 600)})

# What a service writes into its problems is plain text; whatever else answers gets no way to a terminal.
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_MAX_TEXT_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class Request:
    """What to send. Headers (a token) and content (a recording, a password) stay out of its representation.

    `timeout_seconds`: for each wait on the network, beside what the content takes on a slow link. `sent`: told how
    many bytes of the content are out, and how many there are; from 0 again at every attempt.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    content: bytes | None = field(default=None, repr=False)
    timeout_seconds: float = 30.0
    sent: Progress | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """The connection could not be made or broke; `what` says which, in words of our own."""

    what: str


Outcome = Answer | NoAnswer


def error_of(request: Request, outcome: Outcome, retry_after: float | None) -> EcgError:
    """The error that an outcome is, where it is no success."""
    if isinstance(outcome, NoAnswer):
        return NoAnswerError(f"{outcome.what}: {_origin(request.url)}")
    members = _problem_members(outcome)
    if outcome.status < 400 or (members is None and outcome.status not in _PROXIES):
        return UnexpectedAnswerError(
            f"{_origin(request.url)} answered {outcome.status}: is it the right address?"
        )
    return _problem(outcome, members or {}, retry_after)


def _problem_members(answer: Answer) -> dict[str, Any] | None:
    if answer.headers.get("content-type", "").partition(";")[0].strip().lower() != PROBLEM:
        return None
    try:
        return msgspec.json.decode(answer.content, type=dict[str, Any])
    except msgspec.DecodeError:
        return None


def _problem(answer: Answer, members: dict[str, Any], retry_after: float | None) -> ProblemError:
    listed = members.get("errors")
    rules = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    total, offset = members.get("total_errors"), members.get("offset")
    return problem_class(answer.status)(
        answer.status,
        type=_text(members.get("type")) or "about:blank",
        title=_text(members.get("title")),
        detail=_text(members.get("detail")),
        errors=[
            BrokenRule(_text(rule.get("detail")), _place(rule.get("pointer")), _place(rule.get("parameter")))
            for rule in rules
        ],
        total_errors=total if isinstance(total, int) else 0,
        offset=offset if isinstance(offset, int) else None,
        request_id=_text(answer.headers.get("x-request-id")) or None,
        retry_after=retry_after,
    )


def _text(value: object) -> str:
    return _UNPRINTABLE.sub(" ", value)[:_MAX_TEXT_CHARACTERS] if isinstance(value, str) else ""


def _place(value: object) -> str | None:
    return _text(value) if isinstance(value, str) else None


def _origin(url: str) -> str:
    return "/".join(url.split("/", 3)[:3])
