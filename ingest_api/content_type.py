"""In which format an ECG was sent, told by the body's Content-Type; or that it is to be told by its content."""

from fastapi import Request

from formats.decoders import CONTENT_TYPES, JSON, UNTOLD
from schemas.arrow import CONTENT_TYPE as ARROW
from schemas.problems import UnsupportedMediaError
from service_kit.http.body import require_json

SPOKEN = f"send Content-Type: {', '.join(CONTENT_TYPES)}, or none"


def format_of(request: Request) -> str:
    """The content type under which the body is decoded. Raises UnsupportedMediaError for one that is not spoken."""
    told = request.headers.get("content-type", UNTOLD).strip().lower()
    # An Arrow stream has no parameters; what others have of them changes nothing that is read.
    name = told if told.startswith(ARROW) else told.partition(";")[0].strip()
    if name not in CONTENT_TYPES:
        raise UnsupportedMediaError(SPOKEN)
    if name == JSON:
        require_json(request)
    return CONTENT_TYPES[name]
