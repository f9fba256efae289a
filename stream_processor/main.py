"""The stream processor as a service: health and metrics over HTTP, the Faust app in its lifespan."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NoReturn

from fastapi import FastAPI

from schemas import topics
from service_kit import logs
from service_kit.engines.cassandra.database import Database
from service_kit.engines.kafka.publisher import Publisher
from service_kit.engines.kafka.questions import Questions
from service_kit.http import health, middleware
from service_kit.http.application import application
from stream_processor.acknowledging import Acknowledging, Offsets
from stream_processor.batches import Batches
from stream_processor.consuming.app import SESSION_TIMEOUT_SECONDS, add_agent, create_worker
from stream_processor.consuming.expired import Expired
from stream_processor.consuming.group import Group
from stream_processor.consuming.log_identity import LogIdentity
from stream_processor.consuming.membership import Membership, TwinError
from stream_processor.consuming.retention_margin import RetentionMargin
from stream_processor.consuming.unread_loss import UnreadLoss
from stream_processor.consuming.upload_log import UploadLog
from stream_processor.incarnations import TABLES as INCARNATIONS_TABLES
from stream_processor.incarnations import Incarnations
from stream_processor.insights import INSIGHTS
from stream_processor.kafka_clock import KafkaClock
from stream_processor.lanes import Lanes
from stream_processor.readiness import Readiness
from stream_processor.recent_answers import RecentAnswers
from stream_processor.settings import Settings
from stream_processor.stopping import (
    EXIT_FAILED,
    EXIT_FINISHED,
    EXIT_TWIN,
    EXIT_UNFINISHED,
    CannotGoOnError,
    Failure,
    leave,
)
from stream_processor.store import TABLES, Store
from stream_processor.supervision import Supervision
from stream_processor.table_loss import TableLoss

_log = logging.getLogger(__name__)

# A batch takes milliseconds where the engines are there; where they are not, waiting longer would not help.
_FINISH_SECONDS = 9.0
_COMMIT_SECONDS = 1.0


def create_app(settings: Settings) -> FastAPI:
    """The service, not yet started: it opens its engines and joins its group when its lifespan begins."""
    database = Database(settings, (*TABLES, *INCARNATIONS_TABLES))
    store = Store(database)
    publisher, letters = (
        Publisher(settings, timeout_seconds=settings.processor_publish_seconds) for _ in range(2)
    )
    recent_answers, incarnations = RecentAnswers(), Incarnations(database, topics.UPLOADED.name)
    clock = KafkaClock()
    questions, log = Questions(settings), UploadLog(settings)
    expired = Expired(store, log)
    table_loss = TableLoss(database, clock, [store.forget, recent_answers.forget])
    log_identity = LogIdentity(questions, log, store, table_loss, incarnations, expired, clock)

    async def incarnation(partition: int) -> int:
        return await incarnations.current(log_identity.topic_id, partition)

    batches = Batches(
        store,
        recent_answers,
        incarnation,
        {topics.INSIGHTS.name: publisher, topics.DEAD_LETTERS.name: letters},
        INSIGHTS,
        clock,
        unforeseen_seconds=settings.processor_unforeseen_seconds,
    )

    async def write_progress(offsets: Offsets) -> None:
        await store.write_progress(log_identity.topic_id, offsets, now=clock.now(), stamp=clock.stamp())
        table_loss.wrote(offsets)

    async def start_over() -> None:
        await group.start_over(lanes, forgetting)

    failure = Failure()
    worker = create_worker(settings)
    group = Group(worker, log_identity, log, expired)
    acknowledging = Acknowledging(write_progress, group.commit, log_identity.holds, start_over)
    lanes = Lanes(
        batches.finish,
        acknowledging.reached,
        group,
        failure.report,
        batch_events=settings.processor_batch_events,
        buffer_bytes=settings.processor_buffer_bytes,
    )
    forgetting = (acknowledging.forget, recent_answers.forget, incarnations.forget)
    group.hand_over_by(lanes, acknowledging, forgetting)
    worker.begin_by(log_identity)
    add_agent(worker, lanes, failure.report)
    membership = Membership(
        questions, settings.processor_instance_id, session_seconds=SESSION_TIMEOUT_SECONDS
    )
    readiness = Readiness(
        group,
        membership,
        log_identity,
        lanes,
        acknowledging,
        table_loss,
        RetentionMargin(questions, topics.UPLOADED.name),
        UnreadLoss(log, lanes),
        stall_seconds=settings.processor_stall_seconds,
    )
    supervision = Supervision(settings, worker, group, membership, questions, readiness)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await database.open()
        await publisher.open()
        await letters.open()
        works = (supervision.run(), acknowledging.run())
        supervising, *running = (asyncio.create_task(failure.of(work)) for work in works)
        running.append(asyncio.create_task(_leave_at(failure)))
        yield
        supervising.cancel()
        finished = await lanes.close(timeout_seconds=_FINISH_SECONDS)
        await acknowledging.flush(timeout_seconds=_COMMIT_SECONDS)
        leave(EXIT_FINISHED if finished else EXIT_UNFINISHED)

    app = application("ECG stream processor", lifespan=lifespan)
    health.install(
        app,
        {"kafka": publisher.answers, "cassandra": database.answers, "worker": readiness.healthy},
        details=readiness.details,
        metrics_elsewhere=settings.metrics_address is not None,
    )
    app.add_middleware(middleware.RequestContext)
    return app


async def _leave_at(failure: Failure) -> NoReturn:
    """End the process when a part of it cannot go on: at once, as a fresh one does what this one has left."""
    leave(_exit_code(await failure.came()))


def _exit_code(error: BaseException) -> int:
    """With what the process ends because of this; what there is to say of it is logged."""
    if isinstance(error, TwinError):
        _log.error(f"two workers have one name, this one stops: {error}")
        return EXIT_TWIN
    if isinstance(error, asyncio.CancelledError):
        return EXIT_UNFINISHED
    if isinstance(error, CannotGoOnError):
        _log.error(str(error))
    else:
        logs.unforeseen(_log, error)
    return EXIT_FAILED
