"""Errors as the `ecg` command tells them: a sentence on standard error, and an exit code that a script can act on."""

from collections.abc import Iterable
from typing import IO, Any

import click

from ecg_client.errors import (
    EcgError,
    ForbiddenError,
    NoAnswerError,
    ProblemError,
    ServerError,
    TooManyRequestsError,
    UnauthenticatedError,
    UnexpectedAnswerError,
)

REFUSED = 1
WRONG_USE = 2
CONFLICT = 3
# sysexits.h: EX_TEMPFAIL and EX_NOPERM.
LATER = 75
SIGN_IN = 77

# From what needs nobody's attention to what should be asked again.
_BY_GRAVITY = (0, CONFLICT, REFUSED, LATER)


class Failure(click.ClickException):
    """A command's end. `concerns_all`: the next file would fare no better."""

    def __init__(self, message: str, exit_code: int = REFUSED, *, concerns_all: bool = True) -> None:
        super().__init__(message)
        self.exit_code = exit_code
        self.concerns_all = concerns_all

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the sentence."""
        click.echo(self.message, file=file, err=file is None)


def failure(error: EcgError, file: str | None = None) -> Failure:
    """The failure that an error is; `file`: what was being sent."""
    code, concerns_all = LATER, True
    match error:
        case NoAnswerError():
            text = f"{error}. Is the system up? ECG_INGEST and ECG_QUERY say where it is."
        case ServerError() | TooManyRequestsError():
            text = f"{error}. Nothing is wrong with what was sent; try again later."
        case UnauthenticatedError():
            text, code = f"{error.detail or error.title}: run `ecg login`.", SIGN_IN
        case ForbiddenError():
            text, code = f"{error.detail or error.title}.", SIGN_IN
        case UnexpectedAnswerError():
            text, code = f"{error} (ECG_INGEST, ECG_QUERY).", REFUSED
        case ProblemError():
            text, code, concerns_all = _described(error), REFUSED, False
        case _:
            text, code, concerns_all = f"{error}.", REFUSED, False
    return Failure(text if file is None else f"{file}: {text}", code, concerns_all=concerns_all)


def gravest(codes: Iterable[int]) -> int:
    """The exit code of several files."""
    return max(codes, key=_BY_GRAVITY.index, default=0)


class Commands(click.Group):
    """A group whose commands' EcgErrors are sentences and exit codes."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except EcgError as error:
            raise failure(error) from None


def _described(error: ProblemError) -> str:
    more = error.total_errors - len(error.errors)
    lines = [f"{error}.", *(f"  {rule}" for rule in error.errors)]
    return "\n".join([*lines, f"  and {more} more"] if more else lines)
