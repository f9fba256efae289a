"""What makes an upload accepted: its id, its fingerprint, its events, and Kafka's word that it has them all.

In this order, and nothing is promised before the last:
1. unpack and decode the body, or say what is wrong with it;
2. settle id, content hash, date and the instant of acceptance;
3. encode its events, one for each segment;
4. publish them to one partition, and wait for all in-sync replicas;
5. answer, with a receipt for the last of them, and with the content that is known to lie before it, if one is.

The first three are work. What is small, in JSON or Arrow, is worked on here, in a few milliseconds; what is large, and
every file of another format, by a worker beside, for each owner in turn, whose events are published as they come. How
large a body is is known before it is unpacked, or the most it may be is held.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from formats.decoders import JSON, decoders
from formats.json.decoding import UnexplainedError
from formats.rules import Limits
from ingest_api import metrics
from ingest_api.clock_offset import Clock
from ingest_api.first_contents import Firsts
from ingest_api.preparing import Order, prepare
from ingest_api.workers.pool import Worker, Workers
from schemas.arrow import CONTENT_TYPE as ARROW
from schemas.cloudevents import Record
from schemas.ids import ecg_key
from schemas.problems import TooLargeError
from schemas.receipts import Receipt
from schemas.topics import UPLOADED
from service_kit.callers.admission import Place
from service_kit.engines.errors import EngineAwayError
from service_kit.engines.kafka.publisher import ENGINE, Publisher, partition_of
from service_kit.engines.kafka.topic_ids import TopicId
from service_kit.http.body import joined
from service_kit.http.decompression import IDENTITY, Body, most_bytes, unpacked

# Twice 12 leads x 5,000 samples as JSON; of such a body the work is 2 to 5 ms.
SMALL_BYTES = 512 * 1024
# Of other formats it may be more, and a worker does it however few the bytes are.
_QUICK = frozenset({JSON, ARROW})
# To find what is wrong takes longer than to see that something is: of so much 4 ms.
EXPLAINED_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True)
class Accepted:
    """An upload that Kafka has. `accepted_at`: µs since the epoch.

    `event_bytes`: of all its events in Kafka. `first`: the hash of another content that lies before it under the same
    id, where that is known.
    """

    ecg_id: str
    content_hash: str
    accepted_at: int
    receipt: Receipt
    event_bytes: int
    first: str | None = None


class Acceptor:
    """Accepts uploads, one `accept` each, any number at a time.

    `max_bytes`: the most that a body may be, unpacked. `publish_seconds`: how long Kafka may take for one upload.
    """

    def __init__(
        self,
        publisher: Publisher,
        topic_id: TopicId,
        clock: Clock,
        workers: Workers,
        limits: Limits,
        *,
        max_bytes: int,
        publish_seconds: float,
    ) -> None:
        self._publisher = publisher
        self._topic_id = topic_id
        self._clock = clock
        self._workers = workers
        self._decoders = decoders(limits, explained_bytes=EXPLAINED_BYTES)
        self._max_bytes = max_bytes
        self._publish_seconds = publish_seconds
        self._firsts = Firsts()
        self._now = increasing(lambda: time.time_ns() // 1000)

    async def accept(self, chunks: list[bytes], order: Order, place: Place) -> Accepted:
        """Have Kafka keep the upload that came in these chunks, which are taken from the list.

        Raises MalformedError, InvalidError or TooLargeError when it cannot be taken, EngineAwayError when Kafka did
        not confirm in time; it may then be there or not, and sending it again is safe. Raises as `place` does where
        it would hold too much, and UnavailableError where the work was cut short.
        """
        body = await self._small(chunks, order, place)
        if body is not None:
            with suppress(UnexplainedError):
                return await self._accept_small(body, order)
            del body
        place.hold(self._most_bytes(chunks, order.encoding))
        async with self._workers.turn(order.owner_id) as worker:
            return await self._accept_large(worker, chunks, order, place)

    async def _small(self, chunks: list[bytes], order: Order, place: Place) -> Body | None:
        """The body unpacked, where that is small and quickly decoded."""
        if order.format not in _QUICK or sum(map(len, chunks)) > SMALL_BYTES:
            return None
        encoding = order.encoding
        chunks[:] = [joined(chunks)]
        body: Body = chunks[0]
        if encoding != IDENTITY:
            most = min(SMALL_BYTES, self._max_bytes)
            place.hold(max(len(body), most_bytes(body, encoding, max_bytes=most)))
            try:
                body = await asyncio.to_thread(unpacked, body, encoding, max_bytes=most)
            except TooLargeError:
                return None
            place.hold(len(body))
        return body

    def _most_bytes(self, chunks: list[bytes], encoding: str) -> int:
        """The most bytes that a large body will be, as it came or unpacked."""
        sent_bytes = sum(map(len, chunks))
        if encoding == IDENTITY:
            return sent_bytes
        chunks[:] = [joined(chunks)]
        return max(sent_bytes, most_bytes(chunks[0], encoding, max_bytes=self._max_bytes))

    async def _accept_small(self, body: Body, order: Order) -> Accepted:
        began, accepted_at = time.perf_counter(), self._now()
        prepared = prepare(body, self._decoders[order.format], order, accepted_at)
        records = list(prepared.records)
        encoded = time.perf_counter()
        key = ecg_key(order.owner_id, prepared.ecg_id)
        receipt = await self._publish(records, key, prepared.content_hash)
        metrics.took(prepared.decode_seconds, encoded - began - prepared.decode_seconds)
        metrics.PUBLISH.observe(time.perf_counter() - encoded)
        first = self._counted(key, receipt, events=len(records), body_bytes=len(body))
        size = sum(map(_bytes, records))
        return Accepted(prepared.ecg_id, prepared.content_hash, accepted_at, receipt, size, first)

    async def _accept_large(
        self, worker: Worker, chunks: list[bytes], order: Order, place: Place
    ) -> Accepted:
        metrics.LARGE.inc()
        accepted_at = self._now()
        found = await worker.begin(order, accepted_at, chunks)
        place.hold(found.unpacked_bytes)
        key = ecg_key(order.owner_id, found.ecg_id)
        began = time.perf_counter()
        publish_seconds, size = 0.0, 0
        receipt: Receipt | None = None
        async for record in worker.records(found.events):
            encoded, size = time.perf_counter(), size + _bytes(record)
            receipt = await self._publish([record], key, found.content_hash)
            publish_seconds += time.perf_counter() - encoded
            if publish_seconds > self._publish_seconds:
                raise EngineAwayError(ENGINE, "too slow for all events of a large upload")
        assert receipt is not None
        metrics.took(found.decode_seconds, time.perf_counter() - began - publish_seconds)
        metrics.PUBLISH.observe(publish_seconds)
        first = self._counted(key, receipt, events=found.events, body_bytes=found.unpacked_bytes)
        return Accepted(found.ecg_id, found.content_hash, accepted_at, receipt, size, first)

    async def _publish(self, records: Sequence[Record], key: bytes, digest: str) -> Receipt:
        partition = partition_of(key, UPLOADED.partitions)
        # Asked before: a receipt may name the topic before the one that has the event, never one that came after.
        topic_id = await self._topic_id.get()
        began = time.perf_counter()
        last = (await self._publisher.publish(UPLOADED.name, records, partition=partition))[-1]
        self._clock.measure(last.written_at, time.perf_counter() - began)
        return Receipt(topic_id, last.partition, last.offset, digest)

    def _counted(self, key: bytes, receipt: Receipt, *, events: int, body_bytes: int) -> str | None:
        """Count an accepted upload; the content that is known to lie before it, if one is."""
        metrics.ECGS.inc()
        metrics.EVENTS.inc(events)
        metrics.BYTES.inc(body_bytes)
        first = self._firsts.before(key, receipt)
        if first is not None:
            metrics.CONFLICTS.inc()
        return first


def _bytes(record: Record) -> int:
    return len(record.value or b"")


def increasing(clock: Callable[[], int]) -> Callable[[], int]:
    """`clock`, never giving an instant twice nor an earlier one after a later: the order of acceptance."""
    last = 0

    def now() -> int:
        nonlocal last
        last = max(last + 1, clock())
        return last

    return now
