"""Finishing a batch of upload events, and the order in which its effects become durable.

1. Every event is decoded and measured: its outcome is rows and publications, or a dead letter and a
rejection. 2. The rows are written.
3. Recordings of which a segment was written are read back; those that are complete are merged, and the
answer's    rows are written.
4. Insight events and dead letters are published and acknowledged by every in-sync replica.
5. The progress of the batch's partitions is written: a reader of it finds the rows of step 2 and 3.
6. Only then does `finish` return, and the events may be acknowledged.

A kill between any two steps repeats the batch, and every step writes again what it wrote before.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from schemas.cloudevents import Record
from schemas.receipts import topic_id
from schemas.uploaded import Uploaded
from service_kit import logs, tracing
from service_kit.backoff import backoff
from service_kit.errors import EngineAwayError
from service_kit.kafka import Publisher
from stream_processor import metrics
from stream_processor.insights.insight import Insight
from stream_processor.outcomes import Outcome, Publication, Received, completed, outcome_of
from stream_processor.store import Store

_log = logging.getLogger(__name__)

Result = TypeVar("Result")


class UnforeseenFailureError(Exception):
    """An event failed, again and again, for a reason that neither an engine nor the event itself explains."""


class Batches:
    """Finishes batches. Waits for engines that are away for as long as it takes.

    `unforeseen_seconds`: how long any other failure is tried again before UnforeseenFailureError.
    """

    def __init__(
        self,
        store: Store,
        publisher: Publisher,
        insights: Sequence[Insight[Any]],
        *,
        unforeseen_seconds: float,
    ) -> None:
        self._store = store
        self._publisher = publisher
        self._insights = insights
        self._unforeseen_seconds = unforeseen_seconds
        self._next_offsets: dict[int, int] = {}
        self._last_progress = time.monotonic()

    def next_offset(self, partition: int) -> int | None:
        """Of a partition of the upload topic: everything before this was finished, by this process. None:
        nothing."""
        return self._next_offsets.get(partition)

    def seconds_since_progress(self) -> float:
        """Since a batch was last finished, or since the start."""
        return time.monotonic() - self._last_progress

    async def finish(self, events: Sequence[Received]) -> None:
        """Return when everything that follows from every event is durable; see the module's numbered list."""
        metrics.BATCH_EVENTS.observe(len(events))
        try:
            await self._finish(events)
        except Exception as error:  # noqa: BLE001 - which event it is shows when each is tried alone
            logs.unforeseen(_log, error)
            for event in events:
                await self._finish_alone(event)

    async def _finish_alone(self, event: Received) -> None:
        deadline = time.monotonic() + self._unforeseen_seconds
        for wait in backoff():
            try:
                await self._finish([event])
            except Exception as error:  # noqa: BLE001 - tried again, then the process gives up
                logs.unforeseen(_log, error)
                if time.monotonic() > deadline:
                    place = f"{event.topic}/{event.partition}/{event.offset}"
                    raise UnforeseenFailureError(f"the event at {place} cannot be finished") from None
            else:
                return
            await asyncio.sleep(wait)

    async def _finish(self, events: Sequence[Received]) -> None:
        now = time.time_ns() // 1000
        with _timed("measure"):
            outcomes = [outcome_of(event, self._insights, now=now) for event in events]
        with _timed("store"):
            await self._write(outcomes)
        with _timed("complete"):
            segments = {
                (
                    segment.provenance.ecg_id,
                    segment.provenance.owner_id,
                    segment.provenance.accepted_at,
                ): segment
                for outcome in outcomes
                if (segment := outcome.segment_of) is not None
            }
            finished = [await self._complete(segment) for segment in segments.values()]
        with _timed("publish"):
            await self._publish(one for outcome in (*outcomes, *finished) for one in outcome.publications)
        with _timed("progress"):
            await self._write_progress(events, now)
        for event, outcome in zip(events, outcomes, strict=True):
            _report(event, outcome)

    async def _write(self, outcomes: Sequence[Outcome]) -> None:
        statements = [statement for outcome in outcomes for statement in outcome.statements]
        listed = [outcome.origin for outcome in outcomes if outcome.listed and outcome.origin is not None]
        await _until_done(lambda: self._store.write(statements, listed))

    async def _complete(self, segment: Uploaded) -> Outcome:
        parts = await _until_done(lambda: self._store.complete_parts(segment.provenance, self._insights))
        if not parts:
            return Outcome()
        outcome = completed(segment, parts)
        await self._write([outcome])
        return outcome

    async def _publish(self, publications: Iterable[Publication]) -> None:
        waiting: dict[tuple[str, int], list[Record]] = {}
        for one in publications:
            waiting.setdefault((one.topic, one.partition), []).append(one.record)

        async def attempt() -> None:
            places = list(waiting)
            sends = [
                self._publisher.publish(topic, waiting[topic, partition], partition=partition)
                for topic, partition in places
            ]
            failed: BaseException | None = None
            for place, sent in zip(places, await asyncio.gather(*sends, return_exceptions=True), strict=True):
                if isinstance(sent, BaseException):
                    failed = sent
                else:
                    del waiting[place]
            if failed is not None:
                raise failed

        await _until_done(attempt)

    async def _write_progress(self, events: Sequence[Received], now: int) -> None:
        cluster_id = await _until_done(self._publisher.cluster_id)
        reached: dict[tuple[str, int], int] = {}
        for event in events:
            place = topic_id(cluster_id, event.topic), event.partition
            reached[place] = max(reached.get(place, 0), event.offset + 1)
        await _until_done(lambda: self._store.write_progress(reached, now=now))
        self._next_offsets.update({partition: offset for (_, partition), offset in reached.items()})
        self._last_progress = time.monotonic()


async def _until_done(attempt: Callable[[], Awaitable[Result]]) -> Result:
    """Try until no engine is away; any other failure is the caller's."""
    for wait in backoff():
        try:
            return await attempt()
        except EngineAwayError as error:
            metrics.ATTEMPTS_AWAY.labels(error.engine).inc()
            _log.warning("waiting for an engine", extra={"engine": error.engine, "cause": str(error)})
            await asyncio.sleep(wait)
    raise AssertionError("backoff ended")


@contextmanager
def _timed(stage: str) -> Iterator[None]:
    with metrics.STAGE_SECONDS.labels(stage).time():
        yield


def _report(event: Received, outcome: Outcome) -> None:
    """Count a finished event, and log it under the trace of its upload."""
    kind = "dead" if outcome.poison is not None else "segment" if outcome.segment_of else "computed"
    metrics.EVENTS.labels(kind).inc()
    traceparent = outcome.origin.traceparent if outcome.origin else None
    fields = {
        "outcome": kind,
        "partition": event.partition,
        "offset": event.offset,
        "trace_id": tracing.trace_id_of(traceparent) if traceparent else None,
    }
    if outcome.poison is None:
        _log.info("finished", extra=fields)
    else:
        metrics.DEAD_LETTERS.inc()
        _log.warning("dead letter", extra=fields | {"reason": outcome.poison})
