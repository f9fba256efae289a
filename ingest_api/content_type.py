"""In which format an ECG was sent, told by the body's Content-Type."""

from fastapi import Request

from formats.decoders import JSON
from schemas.arrow import CONTENT_TYPE as ARROW
from schemas.problems import UnsupportedMediaError
from service_kit.http.body import require_json


def format_of(request: Request) -> str:
    """The format of the request's body. Raises UnsupportedMediaError for one that is not spoken."""
    told = request.headers.get("content-type", "")
    if told.strip().lower() == ARROW:
        return ARROW
    if told.partition(";")[0].strip().lower() != JSON:
        raise UnsupportedMediaError(f"send Content-Type: {JSON} or {ARROW}")
    require_json(request)
    return JSON
