"""The formats in which an ECG may be sent, and what decodes each."""

from collections.abc import Callable, Mapping

from formats.arrow.body import ArrowDecoder
from formats.json.decoding import DecodedUpload, Decoder
from formats.rules import Limits
from schemas.arrow import CONTENT_TYPE as ARROW

JSON = "application/json"

Decode = Callable[[bytes | bytearray], DecodedUpload]


def decoders(limits: Limits, *, explained_bytes: int | None = None) -> Mapping[str, Decode]:
    """The decoders within `limits`, by content type. `explained_bytes`: as a `Decoder` has it."""
    return {
        JSON: Decoder(limits, explained_bytes=explained_bytes).decode,
        ARROW: ArrowDecoder(limits).decode,
    }
