"""Collects the answers of Cassandra statements that run side by side, from whichever thread each comes."""

import asyncio
from collections.abc import Mapping
from threading import get_ident
from typing import Any

from cassandra.cluster import ResponseFuture

Row = Mapping[str, Any]


class Results:
    """The rows of statements side by side, when the last of them has come, or the first error.

    Most answers come in the loop's thread; errors may, and what was tried on another node does, come in one of the
    driver's. A statement that went to two nodes is answered twice, and counts once: or the group would be complete
    before another of its statements was confirmed.
    """

    def __init__(self, count: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._thread = get_ident()
        self._rows: list[list[Row]] = [[] for _ in range(count)]
        self._unanswered = set(range(count))
        self.done: asyncio.Future[list[list[Row]]] = self._loop.create_future()
        if not count:
            self.done.set_result([])

    def expect(self, response: ResponseFuture, place: int) -> None:
        """Take the rows of this response for those of the statement at this place."""
        response.add_callbacks(self.succeeded, self.failed, callback_args=(place,))

    def succeeded(self, rows: list[Row] | None, place: int) -> None:
        """The statement at this place is answered. In any thread."""
        if get_ident() != self._thread:
            self._loop.call_soon_threadsafe(self.succeeded, rows, place)
            return
        if place not in self._unanswered:
            return
        self._unanswered.remove(place)
        self._rows[place] = rows or []
        if not self._unanswered and not self.done.done():
            self.done.set_result(self._rows)

    def failed(self, error: BaseException) -> None:
        """One of the statements has failed, and the group with it. In any thread."""
        if get_ident() != self._thread:
            self._loop.call_soon_threadsafe(self.failed, error)
        elif not self.done.done():
            self.done.set_exception(error)
