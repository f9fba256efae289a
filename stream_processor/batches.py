"""Finishes a batch of upload events: measure, store, publish, in the order that survives a kill.

1. Every event is decoded and measured: its outcome is rows and publications, or a dead letter and a
rejection; or nothing, where its content is answered already. 2. The rows are written.
3. Recordings of which a segment was written are read back; those that are complete are merged, and the
answer's rows are written.
4. Insight events and dead letters are published and acknowledged by every in-sync replica. Where its answer shows
that the clock was wrong by which it was written when the ECGs arrived, that is written again.
Only then does `finish` return, and `stream_processor.acknowledging` goes on: 5. progress, 6. the commit.

A kill between any two steps repeats the batch, and every step writes again what it wrote before.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from schemas.cloudevents import Record
from schemas.uploaded import Provenance, Uploaded
from service_kit import logs, tracing
from service_kit.engines.backoff import backoff
from service_kit.engines.kafka.publisher import Publisher
from stream_processor import metrics
from stream_processor.insights.insight import Insight
from stream_processor.kafka_clock import KafkaClock
from stream_processor.outcomes import Outcome, Publication, Received, completed, outcome_of
from stream_processor.recent_answers import RecentAnswers
from stream_processor.retrying import Retrying
from stream_processor.store import Store

_log = logging.getLogger(__name__)

# Far above what confirming takes, far below the overlap of who reads by order of arrival.
_CLOCK_WRONG_SECONDS = 60.0


class UnforeseenFailureError(Exception):
    """An event failed, again and again, for a reason that neither an engine nor the event itself explains."""


class Batches:
    """Finishes batches. Waits for engines that are away for as long as it takes.

    `incarnation`: of the log of a partition; asked for each batch, raises EngineAwayError.
    `publishers`: for each topic one of its own, so that a topic that takes nothing holds up no other.
    `unforeseen_seconds`: how long any other failure is tried again before UnforeseenFailureError.
    """

    def __init__(
        self,
        store: Store,
        recent_answers: RecentAnswers,
        incarnation: Callable[[int], Awaitable[int]],
        publishers: Mapping[str, Publisher],
        insights: Sequence[Insight[Any]],
        clock: KafkaClock,
        *,
        unforeseen_seconds: float,
    ) -> None:
        self._store = store
        self._recent_answers = recent_answers
        self._incarnation = incarnation
        self._publishers = publishers
        self._insights = insights
        self._unforeseen_seconds = unforeseen_seconds
        self._clock = clock

    async def finish(self, events: Sequence[Received], waiting: Retrying) -> None:
        """Return when everything that follows from every event is durable; see the module's numbered list.

        `waiting` tells meanwhile which engine is waited for, if one is.
        """
        metrics.BATCH_EVENTS.observe(len(events))
        try:
            await self._finish(events, waiting)
        except Exception as error:  # noqa: BLE001 - which event it is shows when each is tried alone
            logs.unforeseen(_log, error)
            for event in events:
                await self._finish_alone(event, waiting)

    async def _finish_alone(self, event: Received, waiting: Retrying) -> None:
        deadline = time.monotonic() + self._unforeseen_seconds
        for wait in backoff():
            try:
                await self._finish([event], waiting)
            except Exception as error:  # noqa: BLE001 - tried again, then the process gives up
                logs.unforeseen(_log, error)
                if time.monotonic() > deadline:
                    place = f"{event.topic}/{event.partition}/{event.offset}"
                    raise UnforeseenFailureError(f"the event at {place} cannot be finished") from None
            else:
                return
            await asyncio.sleep(wait)

    async def _finish(self, events: Sequence[Received], waiting: Retrying) -> None:
        incarnation = await waiting.until_done(lambda: self._incarnation(events[0].partition))
        with _timed("measure"):
            outcomes = self._outcomes(events, incarnation)
        lead = self._clock.lead
        with _timed("store"):
            await self._write(outcomes, waiting)
        finished = await self._complete_recordings(outcomes, waiting)
        with _timed("publish"):
            await self._publish(
                [one for outcome in (*outcomes, *finished) for one in outcome.publications], waiting
            )
        listed = _listed([*outcomes, *finished])
        if listed and abs(self._clock.lead - lead) > _CLOCK_WRONG_SECONDS:
            _log.warning("kafka's clock is another: telling again what arrived", extra={"ecgs": len(listed)})
            await waiting.until_done(lambda: self._store.write([], listed, now=self._clock.now()))
        self._recent_answers.remember(listed)
        for event, outcome in zip(events, outcomes, strict=True):
            _report(event, outcome)

    def _outcomes(self, events: Sequence[Received], incarnation: int) -> list[Outcome]:
        # What an earlier event of the batch answers is durable before any of them is acknowledged.
        here = RecentAnswers()

        def is_repeated(origin: Provenance) -> bool:
            return self._recent_answers.is_repeated(origin) or here.is_repeated(origin)

        now = time.time_ns() // 1000
        outcomes = []
        for event in events:
            outcome = outcome_of(
                event, self._insights, incarnation=incarnation, now=now, is_repeated=is_repeated
            )
            here.remember(_listed([outcome]))
            outcomes.append(outcome)
        return outcomes

    async def _write(self, outcomes: Sequence[Outcome], waiting: Retrying) -> None:
        statements = [statement for outcome in outcomes for statement in outcome.statements]
        listed = _listed(outcomes)
        await waiting.until_done(lambda: self._store.write(statements, listed, now=self._clock.now()))

    async def _complete_recordings(self, outcomes: Sequence[Outcome], waiting: Retrying) -> list[Outcome]:
        """The answers of recordings of which the last missing segment came."""
        segments = {
            (segment.provenance.owner_id, segment.provenance.ecg_id, segment.provenance.content_hash): segment
            for outcome in outcomes
            if (segment := outcome.segment_of) is not None
        }
        if not segments:
            return []
        with _timed("complete"):
            return [await self._complete(segment, waiting) for segment in segments.values()]

    async def _complete(self, segment: Uploaded, waiting: Retrying) -> Outcome:
        whole, parts = await waiting.until_done(
            lambda: self._store.complete_parts(segment.provenance, self._insights)
        )
        if not parts:
            return Outcome()
        outcome = completed(whole, len(segment.leads), parts)
        await self._write([outcome], waiting)
        return outcome

    async def _publish(self, publications: Iterable[Publication], waiting: Retrying) -> None:
        left: dict[tuple[str, int], list[Record]] = {}
        for one in publications:
            left.setdefault((one.topic, one.partition), []).append(one.record)

        async def attempt() -> None:
            places = list(left)
            sends = [
                self._publishers[topic].publish(topic, left[topic, partition], partition=partition)
                for topic, partition in places
            ]
            failed: BaseException | None = None
            for place, sent in zip(places, await asyncio.gather(*sends, return_exceptions=True), strict=True):
                if isinstance(sent, BaseException):
                    failed = sent
                else:
                    self._clock.hear(sent[-1].written_at)
                    del left[place]
            if failed is not None:
                raise failed

        await waiting.until_done(attempt)


def _listed(outcomes: Iterable[Outcome]) -> list[Provenance]:
    """What enters its owners' lists: the recordings that these answer."""
    return [outcome.origin for outcome in outcomes if outcome.listed and outcome.origin is not None]


@contextmanager
def _timed(stage: str) -> Iterator[None]:
    with metrics.STAGE_SECONDS.labels(stage).time():
        yield


def _kind(outcome: Outcome) -> str:
    if outcome.poison is not None:
        return "dead"
    if outcome.repeated:
        return "repeated"
    return "computed" if outcome.segment_of is None else "segment"


def _report(event: Received, outcome: Outcome) -> None:
    """Count a finished event, and log it under the trace of its upload."""
    kind = _kind(outcome)
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
