"""From a body to what Kafka is to keep: decoded, named, fingerprinted, cut into events. Pure.

Done in the service for what is small, and in a process beside it for what is large.
"""

import dataclasses
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

import msgspec

from formats.rules import date_source
from formats.upload import Decode
from schemas import segments
from schemas.cloudevents import Record
from schemas.content_hash import content_hash
from schemas.ecg import Lead
from schemas.ids import ecg_id_from_content, ecg_id_from_idempotency_key
from schemas.problems import InvalidError, RuleError
from schemas.uploaded import Provenance, Uploaded, encode_uploaded
from service_kit.http.decompression import Body

IDEMPOTENCY_KEY = "Idempotency-Key"
# A UUID takes 36; whatever needs more is not a key.
_KEY_MAX_CHARACTERS = 255
# As it is in the header, for the API's document; quotes with nothing in them are no key.
KEY_PATTERN = rf'^(?!""$)[!-~]([ -~]{{0,{_KEY_MAX_CHARACTERS - 2}}}[!-~])?$'
_VISIBLE = re.compile(r"[\x20-\x7e]+")
# A string of RFC 8941, as the header's draft wants it.
_QUOTED = re.compile(r'"((?:[^"\\]|\\["\\])*)"')
_ESCAPED = re.compile(r'\\(["\\])')


class Order(msgspec.Struct, frozen=True):
    """What is known of an upload beside its body. `format`: its content type. `device_id`: of its device."""

    format: str
    encoding: str
    owner_id: UUID
    idempotency_key: str | None
    traceparent: str
    device_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """An upload that can be taken. `records`: its events, encoded as they are asked for; there are `events` of them."""

    ecg_id: str
    content_hash: str
    events: int
    decode_seconds: float
    records: Iterator[Record]


def prepare(body: Body, decode: Decode, order: Order, accepted_at: int) -> Prepared:
    """The upload in `body`, which must be unpacked. `accepted_at`: µs since the epoch.

    Raises MalformedError or InvalidError when it cannot be taken, and what `decode` raises besides.
    """
    began = time.perf_counter()
    upload = decode(body)
    decoded = time.perf_counter()
    digest = content_hash(upload.ecg)
    ecg_id = choose_id(upload.id, order.idempotency_key, order.owner_id, digest)
    provenance = Provenance(
        owner_id=order.owner_id,
        ecg_id=ecg_id,
        content_hash=digest,
        accepted_at=accepted_at,
        date=accepted_at if upload.ecg.date is None else upload.ecg.date,
        date_source=date_source(upload.ecg.date, accepted_at),
        number_of_samples=upload.ecg.number_of_samples,
        sampling_frequency=upload.ecg.sampling_frequency,
        traceparent=order.traceparent,
        device_id=order.device_id,
    )
    parts = segments.split(upload.ecg)
    return Prepared(ecg_id, digest, len(parts), decoded - began, encode(parts, provenance))


def choose_id(given: str | None, idempotency_key: str | None, owner_id: UUID, digest: str) -> str:
    """The ECG's id: the one given, else from the ``Idempotency-Key`` header, else from the content.

    Raises InvalidError when the header is not a key, whatever decides.
    """
    key = None if idempotency_key is None else _unquoted(idempotency_key.strip())
    if given is not None:
        return given
    if key is not None:
        return ecg_id_from_idempotency_key(owner_id, key)
    return ecg_id_from_content(digest)


def _unquoted(header: str) -> str:
    quoted = _QUOTED.fullmatch(header)
    key = _ESCAPED.sub(r"\1", quoted[1]) if quoted else header
    if len(key) > _KEY_MAX_CHARACTERS or _VISIBLE.fullmatch(key) is None:
        detail = f"must be 1 to {_KEY_MAX_CHARACTERS} visible ASCII characters, in quotes or without"
        raise InvalidError([RuleError(detail, parameter=IDEMPOTENCY_KEY)])
    return key


def encode(parts: Sequence[tuple[Lead, ...]], provenance: Provenance) -> Iterator[Record]:
    """The events of an upload that was split into `parts`."""
    for number, leads in enumerate(parts):
        segment = dataclasses.replace(provenance, segment=number, segments=len(parts))
        yield encode_uploaded(Uploaded(segment, leads))
