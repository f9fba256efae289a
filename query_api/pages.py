"""One page of a list, the same for every list: where it begins, and the answer with the way to the next."""

from collections.abc import Callable, Mapping
from typing import TypeVar
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from fastapi import Request, Response

from query_api.conditional import TAGGED, reply
from query_api.cursors import Cursors, P
from schemas.problems import InvalidError, RuleError

Item = TypeVar("Item")

# Of every list, for the API's document.
PAGE_HEADERS = {"Link": 'The next page, `rel="next"`.', **TAGGED}
NOT_A_CURSOR = InvalidError([RuleError("not a cursor of this list", parameter="cursor")])


def place_of(cursors: Cursors, text: str | None, owner_id: UUID, filters: str, kind: type[P]) -> P | None:
    """Where the page begins, None where no cursor says so. Raises InvalidError as `Cursors.decode` raises."""
    if text is None:
        return None
    try:
        return cursors.decode(text, owner_id, filters, kind)
    except ValueError as error:
        raise InvalidError([RuleError(str(error), parameter="cursor")]) from None


def reply_page(
    request: Request,
    page: Callable[[list[Item], str | None], msgspec.Struct],
    items: list[Item],
    path: str,
    query: Mapping[str, object] | None,
) -> Response:
    """The page of these items. `query`: of the next one at `path`, but for what is None; None where there is none."""
    if query is None:
        return reply(request, page(items, None))
    known = urlencode({name: value for name, value in query.items() if value is not None})
    onward = f"{path}?{known}"
    return reply(request, page(items, onward), {"link": f'<{onward}>; rel="next"'})
