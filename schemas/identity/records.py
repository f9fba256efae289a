"""What all records of ``ecg.identity.v1`` have in common: their type, source, and headers."""

from collections.abc import Mapping

from schemas.cloudevents import event_id, headers

EVENT_TYPE = "ecg.identity.v1"
SOURCE = "/query_api"
CONTENT_TYPE = "application/json"


def identity_headers(
    name: str, what: object, time: int, extensions: Mapping[str, object | None] | None = None
) -> list[tuple[str, bytes]]:
    """The headers of a record under `name` that says `what`: the same, said again, is the same event.

    `time`: when, in µs since the epoch.
    """
    return headers(
        event_type=EVENT_TYPE,
        source=SOURCE,
        id=event_id(EVENT_TYPE, name, what),
        time=time,
        content_type=CONTENT_TYPE,
        extensions=extensions or {},
    )
