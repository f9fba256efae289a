"""The stream processor as a service: health and metrics over HTTP, the Faust app in its lifespan."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import faust
from fastapi import FastAPI

from service_kit import health, middleware, problems
from service_kit.cassandra import Database
from service_kit.kafka import Publisher
from stream_processor.batches import Batches
from stream_processor.insights import INSIGHTS
from stream_processor.settings import Settings
from stream_processor.stopping import EXIT_FINISHED, EXIT_UNFINISHED, Gate, leave
from stream_processor.store import Store
from stream_processor.watching import Watch
from stream_processor.worker import create_worker

_log = logging.getLogger(__name__)

# A batch takes milliseconds where the engines are there; where they are not, waiting longer would not help.
_FINISH_SECONDS = 10.0
_COMMIT_SECONDS = 2.0
# Faust acknowledges a finished batch on its next turns of the loop; the commit must come after.
_ACKNOWLEDGE_SECONDS = 0.05


def create_app(settings: Settings) -> FastAPI:
    """The service, not yet started: it opens its engines and joins its group when its lifespan begins."""
    database = Database(settings)
    publisher = Publisher(settings, timeout_seconds=settings.processor_publish_seconds)
    batches = Batches(
        Store(database), publisher, INSIGHTS, unforeseen_seconds=settings.processor_unforeseen_seconds
    )
    gate = Gate()
    worker = create_worker(settings, batches, gate)
    watch = Watch(settings, worker, batches, publisher)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await database.open()
        await publisher.open()
        running = asyncio.create_task(watch.run())
        yield
        running.cancel()
        await _stop(worker, gate)

    app = FastAPI(title="ECG stream processor", lifespan=lifespan, openapi_url=None)
    problems.install(app)
    health.install(app, {"kafka": publisher.answers, "cassandra": database.answers, "worker": watch.healthy})
    app.add_middleware(middleware.RequestContext)
    return app


async def _stop(worker: faust.App, gate: Gate) -> None:
    """Finish the batch under way, commit what is acknowledged, and end the process."""
    finished = await gate.close(timeout_seconds=_FINISH_SECONDS)
    if finished:
        await asyncio.sleep(_ACKNOWLEDGE_SECONDS)
        try:
            await asyncio.wait_for(worker.consumer.commit(), _COMMIT_SECONDS)
        except Exception as error:  # noqa: BLE001 - what is not committed comes again and changes nothing
            _log.warning("stopping without a commit", extra={"error": type(error).__name__})
    leave(EXIT_FINISHED if finished else EXIT_UNFINISHED)
