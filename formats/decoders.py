"""The formats in which an ECG may be sent, and what decodes each. What a body is called is never trusted alone."""

from collections.abc import Mapping

from formats import telling
from formats.arrow.body import ArrowDecoder
from formats.checks import check
from formats.file_format import FileFormat
from formats.json.decoding import Decoder
from formats.rules import Limits
from formats.table import FILES
from formats.upload import Body, Decode, DecodedUpload
from schemas.arrow import CONTENT_TYPE as ARROW
from schemas.problems import MalformedError

JSON = "application/json"
# To be told by its content.
UNTOLD = "application/octet-stream"
# The content types that are taken, and under which of them each is decoded.
CONTENT_TYPES: Mapping[str, str] = {
    JSON: JSON,
    ARROW: ARROW,
    **{name: one.content_types[0] for one in FILES for name in one.content_types},
    UNTOLD: UNTOLD,
}


def decoders(limits: Limits, *, explained_bytes: int | None = None) -> Mapping[str, Decode]:
    """The decoders within `limits`, by content type. `explained_bytes`: as a `Decoder` has it."""
    by_type = {
        JSON: Decoder(limits, explained_bytes=explained_bytes).decode,
        ARROW: ArrowDecoder(limits).decode,
        **{one.content_types[0]: _of_file(one, limits) for one in FILES},
    }

    def by_content(body: Body) -> DecodedUpload:
        content_type = _content_type(body)
        if content_type is None:
            known = dict.fromkeys(name for name in CONTENT_TYPES.values() if name != UNTOLD)
            raise MalformedError(f"the body begins as none of {', '.join(known)} does", offset=0)
        return by_type[content_type](body)

    return {name: _labelled(name, decode) for name, decode in by_type.items()} | {
        UNTOLD: _labelled(UNTOLD, by_content)
    }


def _of_file(one: FileFormat, limits: Limits) -> Decode:
    def decode(body: Body) -> DecodedUpload:
        if not one.is_one(body):
            raise MalformedError(f"the body does not begin as {one.name} does", offset=0)
        upload = one.read(body)
        check(upload, limits)
        return upload

    return decode


def _labelled(content_type: str, decode: Decode) -> Decode:
    """As `decode`, but of a body that cannot be read because it is of another kind, that kind is told."""

    def decoded(body: Body) -> DecodedUpload:
        try:
            return decode(body)
        except MalformedError:
            other = _content_type(body)
            if other is not None and content_type not in {other, UNTOLD}:
                raise MalformedError(
                    f"the body begins as {other} does, so send it as that", offset=0
                ) from None
            unread = telling.unread(body) if other is None else None
            if unread is None:
                raise
            raise MalformedError(f"the body is {unread}", offset=0) from None

    return decoded


def _content_type(body: Body) -> str | None:
    one = telling.file_format(body)
    if one is not None:
        return one.content_types[0]
    if telling.is_arrow(body):
        return ARROW
    return JSON if telling.is_json(body) else None
