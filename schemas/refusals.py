"""``ecg.refusals.v1``: what one ingest API refused to one device, by kind of problem; never what was sent.

A record holds totals, not what was added: the last record of a counter and a week holds, however often it is read.
"""

from typing import Annotated
from uuid import UUID

import msgspec

from schemas.cloudevents import Record, UndecodableEventError, event_id, headers
from schemas.times import parse_rfc3339

EVENT_TYPE = "ecg.refusals.v1"
SOURCE = "/ingest_api"
CONTENT_TYPE = "application/json"

_Count = Annotated[int, msgspec.Meta(ge=1, lt=2**53)]
_Kind = Annotated[str, msgspec.Meta(pattern="^[a-z-]{1,40}$")]


class Refusals(msgspec.Struct, frozen=True):
    """How often uploads of a device were refused, by the name of the problem's type.

    `counter`: the process that counted; of several all are to be added. `week`: the ISO week in which it was, in UTC.
    """

    owner_id: UUID
    device_id: UUID
    counter: UUID
    week: Annotated[str, msgspec.Meta(pattern="^[0-9]{4}-W[0-9]{2}$")]
    refused: Annotated[dict[_Kind, _Count], msgspec.Meta(min_length=1, max_length=40)]
    last_refused_at: Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})]


_decoder = msgspec.json.Decoder(Refusals)
_encoder = msgspec.json.Encoder()


def encode_refusals(refusals: Refusals) -> Record:
    """Their record."""
    identity = (refusals.device_id, refusals.counter, refusals.week, sum(refusals.refused.values()))
    rendered = headers(
        event_type=EVENT_TYPE,
        source=SOURCE,
        id=event_id(EVENT_TYPE, *identity),
        time=parse_rfc3339(refusals.last_refused_at),
        content_type=CONTENT_TYPE,
        extensions={"ownerid": refusals.owner_id, "deviceid": refusals.device_id},
    )
    return Record(f"{refusals.owner_id}/{refusals.device_id}".encode(), _encoder.encode(refusals), rendered)


def decode_refusals(value: bytes | None) -> Refusals:
    """What a record says. Raises UndecodableEventError."""
    try:
        found = _decoder.decode(value or b"")
        parse_rfc3339(found.last_refused_at)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise UndecodableEventError("the value is not an event of refusals") from None
    return found
