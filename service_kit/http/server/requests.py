"""The requests of a connection as its bytes come: uvicorn's reading of them, mended where clients need it.

uvicorn takes heads and trailers of any size, takes trailers for headers, loses the body of a request that offers
another protocol, and sends HTTP/1.0 an answer before the answer, which it does not know.
"""

from collections.abc import Callable
from typing import Any, cast

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from schemas.problems import Problem
from service_kit.http.server import heads


class Requests(HttpToolsProtocol):
    """Reads requests. Whoever is one of these gives `_refuse`, which is told of what is none."""

    _refuse: Callable[[Problem], None]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.parser = self._new_parser()
        # Since when a head is awaited; None while none is.
        self._head_since: float | None = None
        self._head_begun = False
        self._in_body = False
        # The head to read instead of one that offers another protocol; empty where there is none.
        self._reread = b""
        # Bytes taken since something came of them: a head, or a part of a body.
        self._fruitless_bytes = 0
        # What is wrong with a head, where it was not the parser that found it.
        self._fault: Problem | None = None

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        if self._head_since is None and self._is_idle():
            self._head_since = self.loop.time()
        self._fruitless_bytes += len(data)
        try:
            self._read(data)
        except httptools.HttpParserError as error:
            self._refuse(self._fault or heads.unreadable(error))
        else:
            if self._fruitless_bytes > heads.HEAD_MAX_BYTES:
                self._refuse(heads.too_long())

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_begun = True
        if self._head_since is None:
            self._head_since = self.loop.time()

    def on_header(self, name: bytes, value: bytes) -> None:
        # Behind a body they are trailers, which must not pass for headers.
        if not self._in_body:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        head = self.parser.get_method(), self.url, self.headers, self.parser.get_http_version()
        self._fault = heads.fault_of(*head)
        if self._fault is not None:
            raise self._fault
        if self.parser.should_upgrade():
            self._reread = heads.without_offer(*head)
            return
        if head[3] == "1.0":
            self.expect_100_continue = False
        super().on_headers_complete()
        self._head_since = None
        self._head_begun = False
        self._fruitless_bytes = 0
        self._in_body = True

    def on_body(self, body: bytes) -> None:
        self._fruitless_bytes = 0
        waiting = cast("bytes | bytearray", self.cycle.body)
        if not waiting:
            # To no bytes: most bodies come whole, and adding one to an array and taking it out copies it twice.
            self.cycle.body = b""  # type: ignore[assignment]
        elif isinstance(waiting, bytes):
            self.cycle.body = bytearray(waiting)
        super().on_body(body)

    def on_message_complete(self) -> None:
        if not self._reread:
            self._in_body = False
            super().on_message_complete()

    def _read(self, data: bytes | memoryview) -> None:
        """Let the parser read. A head that offers another protocol is read anew without the offer.

        The parser stops behind such a head and takes what follows for the other protocol; HTTP has offers ignored.
        """
        while True:
            try:
                self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as stop:
                data = memoryview(data)[stop.args[0] :]
                self.parser = self._new_parser()
                head, self._reread = self._reread, b""
                self.parser.feed_data(head)
            else:
                return

    def _new_parser(self) -> httptools.HttpRequestParser:
        parser = httptools.HttpRequestParser(self)
        # A request that is the last of its connection is answered, whatever stands behind it.
        parser.set_dangerous_leniencies(lenient_data_after_close=True)
        return parser

    def _owes_nothing(self) -> bool:
        return not self.pipeline and (self.cycle is None or self.cycle.response_complete)

    def _is_idle(self) -> bool:
        return self._owes_nothing() and not self._in_body
