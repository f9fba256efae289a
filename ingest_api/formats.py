"""In which formats an ECG may be sent, told apart by the body's Content-Type."""

from collections.abc import Callable

from fastapi import Request

from ingest_api.arrow_body import ArrowDecoder
from ingest_api.decoding import DecodedUpload, Decoder
from ingest_api.rules import Limits
from schemas.arrow import CONTENT_TYPE as ARROW
from schemas.problems import UnsupportedMediaError
from service_kit.body import require_json

JSON = "application/json"

Decode = Callable[[bytes], DecodedUpload]


class Formats:
    """The decoders of all formats within `limits`."""

    def __init__(self, limits: Limits) -> None:
        self._json = Decoder(limits).decode
        self._arrow = ArrowDecoder(limits).decode

    def decoder_for(self, request: Request) -> Decode:
        """The decoder of the request's body. Raises UnsupportedMediaError for a format that is not spoken."""
        told = request.headers.get("content-type", "")
        if told.strip().lower() == ARROW:
            return self._arrow
        if told.partition(";")[0].strip().lower() != JSON:
            raise UnsupportedMediaError(f"send Content-Type: {JSON} or {ARROW}")
        require_json(request)
        return self._json
