"""Every error a service answers, as RFC 9457 problem details. None of them repeats what the client sent.

Problem
├── MalformedError          400  what was sent cannot be decoded; `offset` is the byte where it stops making sense
├── UnauthenticatedError    401  no token, or one that proves nothing
├── ForbiddenError          403  a good token that may not do this, or a page of a strange origin
├── NotFoundError           404  not there, or somebody else's: the two look the same
├── MethodNotAllowedError   405
├── BodyTimeoutError        408  the headers or the body dawdled
├── ConflictError           409  it is taken
├── TooLargeError           413  more bytes than are taken, before or after decompression
├── UnsupportedMediaError   415  a content type, charset or content encoding that is not spoken here
├── InvalidError            422  well-formed, but it breaks a rule; one JSON pointer for each
├── TooManyRequestsError    429  slow down
├── InternalError           500  our fault
└── UnavailableError        503  an engine is away or too much is under way; sending again is safe

A client may always send again after 408, 429, 5xx or a broken connection, never after another 4xx.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

CONTENT_TYPE = "application/problem+json"
_TYPE_PREFIX = "urn:ecg:problem:"

# Enough to mend a payload by; the total is told beside them.
MAX_ERRORS_LISTED = 20


@dataclass(frozen=True, slots=True)
class RuleError:
    """One broken rule: what is wrong, and where.

    The place is a JSON pointer (RFC 6901) into the body, or the name of a `parameter` (query, path or header).
    """

    detail: str
    pointer: str | None = None
    parameter: str | None = None

    def members(self) -> dict[str, str]:
        """The rule's entry in the problem document."""
        place = {"pointer": self.pointer, "parameter": self.parameter}
        return {name: at for name, at in place.items() if at is not None} | {"detail": self.detail}


class Problem(Exception):
    """An answer that is an error. `retry_after`: seconds after which to send again, where that helps."""

    status: ClassVar[int]
    name: ClassVar[str]
    title: ClassVar[str]

    def __init__(self, detail: str, *, retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after = retry_after

    @classmethod
    def type_uri(cls) -> str:
        """The problem's `type`."""
        return _TYPE_PREFIX + cls.name

    def members(self) -> dict[str, object]:
        """The members of the problem document."""
        return {"type": self.type_uri(), "title": self.title, "status": self.status, "detail": self.detail}


class MalformedError(Problem):
    """`offset`: the byte, counted from 0 in the (decompressed) body, where it stops making sense; None elsewhere."""

    status = 400
    name = "malformed"
    title = "What was sent cannot be decoded"

    def __init__(self, detail: str, *, offset: int | None = None) -> None:
        super().__init__(detail)
        self.offset = offset

    def members(self) -> dict[str, object]:
        """The problem's members, and the offset where there is one."""
        return super().members() | ({} if self.offset is None else {"offset": self.offset})


class SeveralTokensError(MalformedError):
    """A request that says in more than one way who sends it (RFC 6750, section 3.1: `invalid_request`)."""


class UnauthenticatedError(Problem):
    status = 401
    name = "unauthenticated"
    title = "A valid access token is needed"


class ForbiddenError(Problem):
    status = 403
    name = "forbidden"
    title = "That is not allowed"


class NotFoundError(Problem):
    status = 404
    name = "not-found"
    title = "There is no such thing"


class MethodNotAllowedError(Problem):
    status = 405
    name = "method-not-allowed"
    title = "This path does not take that method"


class BodyTimeoutError(Problem):
    status = 408
    name = "body-timeout"
    title = "The request did not arrive in time"


class ConflictError(Problem):
    status = 409
    name = "conflict"
    title = "It is taken"


class TooLargeError(Problem):
    status = 413
    name = "too-large"
    title = "The body is larger than this service takes"


class UnsupportedMediaError(Problem):
    status = 415
    name = "unsupported-media-type"
    title = "This content type, charset or content encoding is not spoken here"


class InvalidError(Problem):
    """`errors`: the first of the broken rules, at most MAX_ERRORS_LISTED; `total`: how many there are.

    `at_least`: looking ended before all was looked at, so that there may be more.
    """

    status = 422
    name = "invalid"
    title = "What was sent breaks a rule"

    def __init__(
        self, errors: Sequence[RuleError], total: int | None = None, *, at_least: bool = False
    ) -> None:
        if not errors:
            raise ValueError("a refusal names what is wrong")
        self.total = len(errors) if total is None else total
        self.at_least = at_least
        count = f"{'at least ' if at_least else ''}{self.total}"
        super().__init__(f"{count} rule{'s are' if self.total != 1 else ' is'} broken")
        self.errors = tuple(errors[:MAX_ERRORS_LISTED])

    def members(self) -> dict[str, object]:
        """The problem's members, and the broken rules."""
        errors = [error.members() for error in self.errors]
        found: dict[str, object] = {"errors": errors, "total_errors": self.total}
        return super().members() | found | ({"more_errors": True} if self.at_least else {})


class TooManyRequestsError(Problem):
    status = 429
    name = "too-many-requests"
    title = "Too many requests"


class InternalError(Problem):
    status = 500
    name = "internal"
    title = "Something went wrong here"


class UnavailableError(Problem):
    status = 503
    name = "unavailable"
    title = "The service cannot do this now"


PROBLEMS: tuple[type[Problem], ...] = tuple(Problem.__subclasses__())
