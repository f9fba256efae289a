"""What all records of ``ecg.identity.v1`` have in common: their type, source, and headers."""

from collections.abc import Mapping

from schemas.cloudevents import CONTENT_TYPE as CONTENT_TYPE_HEADER
from schemas.cloudevents import Record, event_id, headers

EVENT_TYPE = "ecg.identity.v1"
SOURCE = "/query_api"
CONTENT_TYPE = "application/json"
# The root's Ed25519 signature of a record, base64url: whoever knows the root believes no other.
ROOT_SIGNATURE = "ce_rootsignature"
_LENGTH_BYTES = 8


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


def what_is_sealed(record: Record) -> bytes:
    """What the root signs of a record: its key, value and CloudEvents attributes, whatever other headers are there.

    Each part comes after its length, so that no two records have the same.
    """
    attributes = sorted(
        (name.encode(), value)
        for name, value in record.headers
        if name != ROOT_SIGNATURE and (name.startswith("ce_") or name == CONTENT_TYPE_HEADER)
    )
    flat = [part for attribute in attributes for part in attribute]
    # A record without a value withdraws; one with an empty value says nothing.
    said = [b"withdrawn"] if record.value is None else [b"said", record.value]
    parts = [
        EVENT_TYPE.encode(),
        record.key or b"",
        len(attributes).to_bytes(_LENGTH_BYTES, "big"),
        *flat,
        *said,
    ]
    return b"".join(len(part).to_bytes(_LENGTH_BYTES, "big") + part for part in parts)
