"""Instants as query parameters: RFC 3339 with an offset."""

from typing import Any, overload

from schemas.problems import InvalidError, RuleError
from schemas.times import parse_rfc3339

# Of the parameter's schema.
FORMAT: dict[str, Any] = {"format": "date-time"}


@overload
def instant(parameter: str, text: str) -> int: ...
@overload
def instant(parameter: str, text: str | None) -> int | None: ...
def instant(parameter: str, text: str | None) -> int | None:
    """The instant of a query parameter, in µs since the epoch; None where it is not given. Raises InvalidError."""
    if text is None:
        return None
    try:
        return parse_rfc3339(text)
    except ValueError as error:
        detail = f"{error}; a + in a URL is written %2B"
        raise InvalidError([RuleError(detail, parameter=parameter)]) from None
