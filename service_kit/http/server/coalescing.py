"""Sends the head of an answer with the first part of its body: one packet instead of two.

A packet more costs each side as much as everything that uvicorn does to write an answer.
"""

from collections.abc import Callable

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle


class CoalescingTransport:
    """What one cycle of uvicorn has for its connection's transport. Not for HEAD, whose answer has no body.

    `close` is what ends the connection. A head that nothing follows goes out when the cycle ends it, as it does with
    every answer that it began and that did not come to its end.
    """

    def __init__(self, cycle: RequestResponseCycle, *, close: Callable[[], None]) -> None:
        self._cycle = cycle
        self._transport = cycle.transport
        self._close = close
        self._head_came = False
        self._unwritten: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Write to the caller, with the head if this is the first behind it."""
        self._unwritten.append(data)
        if self._cycle.response_started and not self._head_came:
            self._head_came = True
        else:
            self._flush()

    def close(self) -> None:
        """Close when all is written."""
        self._flush()
        self._close()

    def is_closing(self) -> bool:
        """Whether the connection is closed or about to be."""
        return self._transport.is_closing()

    def _flush(self) -> None:
        self._transport.writelines(self._unwritten)
        self._unwritten = []
