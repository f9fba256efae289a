"""What makes an upload accepted: its id, its fingerprint, its events, and Kafka's word that it has them all.

In this order, and nothing is promised before the last:
1. decode the body, or say what is wrong with it;
2. settle id, content hash, date and the instant of acceptance;
3. encode its events, one for each segment;
4. publish them to one partition, and wait for all in-sync replicas;
5. answer, with a receipt for the last of them, and with the content that is known to lie before it, if one is.
"""

import dataclasses
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from ingest_api import metrics
from ingest_api.clock import Clock
from ingest_api.firsts import Firsts
from ingest_api.formats import Decode
from ingest_api.rules import date_source
from schemas import segments
from schemas.claims import Claims
from schemas.cloudevents import Record
from schemas.content_hash import content_hash
from schemas.ecg import Ecg
from schemas.ids import ecg_id_from_content, ecg_id_from_idempotency_key, ecg_key
from schemas.problems import InvalidError, RuleError
from schemas.receipts import Receipt
from schemas.topics import UPLOADED
from schemas.uploaded import Provenance, Uploaded, encode_uploaded
from service_kit.kafka import Publisher, partition_of
from service_kit.topic_ids import TopicId

IDEMPOTENCY_KEY = "Idempotency-Key"
# A UUID takes 36; whatever needs more is not a key.
_KEY_MAX_CHARACTERS = 255
_VISIBLE = re.compile(r"[\x20-\x7e]+")
# A string of RFC 8941, as the header's draft wants it.
_QUOTED = re.compile(r'"((?:[^"\\]|\\["\\])*)"')
_ESCAPED = re.compile(r'\\(["\\])')


@dataclass(frozen=True, slots=True)
class Accepted:
    """An upload that Kafka has. `accepted_at`: µs since the epoch.

    `first`: the hash of another content that lies before it under the same id, where that is known.
    """

    ecg_id: str
    content_hash: str
    accepted_at: int
    receipt: Receipt
    first: str | None = None


class Acceptor:
    """Accepts uploads, one `accept` each, any number at a time."""

    def __init__(self, publisher: Publisher, topic_id: TopicId, clock: Clock) -> None:
        self._publisher = publisher
        self._clock = clock
        self._topic_id = topic_id
        self._firsts = Firsts()
        self._now = increasing(lambda: time.time_ns() // 1000)

    async def accept(
        self, body: bytes, decode: Decode, claims: Claims, *, idempotency_key: str | None, traceparent: str
    ) -> Accepted:
        """Have `decode` read the body, and Kafka keep it.

        Raises MalformedError or InvalidError when it cannot be taken, EngineAwayError when Kafka did not
        confirm in time; it may then be there or not, and sending it again is safe.
        """
        began = time.perf_counter()
        upload = decode(body)
        decoded = time.perf_counter()
        digest = content_hash(upload.ecg)
        ecg_id = choose_id(upload.id, idempotency_key, claims.user_id, digest)
        accepted_at = self._now()
        provenance = Provenance(
            owner_id=claims.user_id,
            ecg_id=ecg_id,
            content_hash=digest,
            accepted_at=accepted_at,
            date=accepted_at if upload.ecg.date is None else upload.ecg.date,
            date_source=date_source(upload.ecg.date, accepted_at),
            number_of_samples=upload.ecg.number_of_samples,
            sampling_frequency=upload.ecg.sampling_frequency,
            traceparent=traceparent,
        )
        records = encode(upload.ecg, provenance)
        encoded = time.perf_counter()
        key = ecg_key(claims.user_id, ecg_id)
        receipt = await self._publish(records, key, digest)
        first = self._firsts.before(key, receipt)
        published = time.perf_counter()
        metrics.DECODE.observe(decoded - began)
        metrics.ENCODE.observe(encoded - decoded)
        metrics.PUBLISH.observe(published - encoded)
        metrics.ECGS.inc()
        metrics.EVENTS.inc(len(records))
        metrics.BYTES.inc(len(body))
        if first is not None:
            metrics.CONFLICTS.inc()
        return Accepted(ecg_id, digest, accepted_at, receipt, first)

    async def _publish(self, records: Sequence[Record], key: bytes, digest: str) -> Receipt:
        partition = partition_of(key, UPLOADED.partitions)
        # Asked before: a receipt may name the topic before the one that has the event, never one that came after.
        topic_id = await self._topic_id.get()
        began = time.perf_counter()
        last = (await self._publisher.publish(UPLOADED.name, records, partition=partition))[-1]
        self._clock.measure(last.written_at, time.perf_counter() - began)
        return Receipt(topic_id, last.partition, last.offset, digest)


def choose_id(given: str | None, idempotency_key: str | None, owner_id: UUID, digest: str) -> str:
    """The ECG's id: the one given, else from the ``Idempotency-Key`` header, else from the content.

    Raises InvalidError when the header decides and is not a key.
    """
    if given is not None:
        return given
    if idempotency_key is not None:
        return ecg_id_from_idempotency_key(owner_id, _unquoted(idempotency_key.strip()))
    return ecg_id_from_content(digest)


def _unquoted(header: str) -> str:
    quoted = _QUOTED.fullmatch(header)
    key = _ESCAPED.sub(r"\1", quoted[1]) if quoted else header
    if len(key) > _KEY_MAX_CHARACTERS or _VISIBLE.fullmatch(key) is None:
        detail = f"must be 1 to {_KEY_MAX_CHARACTERS} visible ASCII characters, in quotes or without"
        raise InvalidError([RuleError(detail, parameter=IDEMPOTENCY_KEY)])
    return key


def encode(ecg: Ecg, provenance: Provenance) -> list[Record]:
    """The events of an upload, one for each segment, in order of time."""
    parts = segments.split(ecg)
    return [
        encode_uploaded(Uploaded(dataclasses.replace(provenance, segment=number, segments=len(parts)), leads))
        for number, leads in enumerate(parts)
    ]


def increasing(clock: Callable[[], int]) -> Callable[[], int]:
    """`clock`, never giving an instant twice nor an earlier one after a later: the order of acceptance."""
    last = 0

    def now() -> int:
        nonlocal last
        last = max(last + 1, clock())
        return last

    return now
