"""Everything that can go wrong with a call, as one tree. No text here holds a sample, a token or a password.

EcgError
├── RecordingError          this cannot be sent (nor is it an id); nothing was sent
├── NoAnswerError           no connection, or it broke, for as long as it was tried
├── UnexpectedAnswerError   an answer, but none of ours: something else listens at that address
└── ProblemError            the service says no, as RFC 9457 problem details
    ├── RejectedError           400, 415, 422: mend what is sent; `errors` names each place
    ├── UnauthenticatedError    401  sign in (again)
    ├── ForbiddenError          403  not with this token
    ├── NotFoundError           404  not there, or somebody else's
    ├── ConflictError           409  it is taken
    ├── TooLargeError           413  more bytes than are taken; of a large body known before it is sent
    ├── TooManyRequestsError    429  for as long as it was tried
    └── ServerError             5xx, 408: for as long as it was tried; sending again later is safe
"""

from collections.abc import Sequence
from dataclasses import dataclass
from http.client import responses


class EcgError(Exception):
    """A call did not succeed."""


class RecordingError(EcgError, ValueError):
    """The recording cannot be written as an upload, or an id is none; the text names the place."""


class NoAnswerError(EcgError):
    """No answer came. What was sent may have arrived or not; sending it again is safe."""


class UnexpectedAnswerError(EcgError):
    """The answer is not what these APIs give."""


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """One broken rule: what is wrong, and where (a JSON pointer into what was sent, or a parameter's name)."""

    detail: str
    pointer: str | None = None
    parameter: str | None = None

    def __str__(self) -> str:
        place = self.pointer if self.pointer is not None else self.parameter
        return self.detail if place is None else f"{place or 'the whole'}: {self.detail}"


class ProblemError(EcgError):
    """An answer that is an error.

    `type`: the problem's URI. `errors`: the first broken rules; `total_errors`: how many there are.
    `offset`: the byte of the body where it stops making sense. `request_id`: what its log lines carry.
    `retry_after`: seconds that the service asks to leave it in peace.
    """

    def __init__(
        self,
        status: int,
        *,
        type: str = "about:blank",
        title: str = "",
        detail: str = "",
        errors: Sequence[BrokenRule] = (),
        total_errors: int = 0,
        offset: int | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        self.status = status
        self.type = type
        self.title = title
        self.detail = detail
        self.errors = tuple(errors)
        self.total_errors = max(total_errors, len(self.errors))
        self.offset = offset
        self.request_id = request_id
        self.retry_after = retry_after
        said = ": ".join(text for text in (title, detail) if text)
        place = "" if offset is None else f" (byte {offset})"
        super().__init__(f"{status} {said or responses.get(status, 'with no reason given')}{place}")


class RejectedError(ProblemError):
    """What was sent breaks a rule."""


class UnauthenticatedError(ProblemError):
    """No token, one that has expired, or a wrong password."""


class ForbiddenError(ProblemError):
    """A good token that may not do this."""


class NotFoundError(ProblemError):
    """Not there, or somebody else's: the two look the same."""


class ConflictError(ProblemError):
    """It is taken."""


class TooLargeError(ProblemError):
    """More bytes than the service takes."""


class TooManyRequestsError(ProblemError):
    """Slow down."""


class ServerError(ProblemError):
    """The service cannot now."""


_BY_STATUS: dict[int, type[ProblemError]] = {
    400: RejectedError,
    401: UnauthenticatedError,
    403: ForbiddenError,
    404: NotFoundError,
    408: ServerError,
    409: ConflictError,
    413: TooLargeError,
    415: RejectedError,
    422: RejectedError,
    429: TooManyRequestsError,
}


def problem_class(status: int) -> type[ProblemError]:
    """The type of a problem with this HTTP status."""
    return _BY_STATUS.get(status, ServerError if status >= 500 else ProblemError)
