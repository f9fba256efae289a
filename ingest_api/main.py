"""The ingest API: takes ECGs and has Kafka keep them. Needs Kafka alone, and starts while it is away."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from formats.json import document
from formats.rules import Limits
from ingest_api import routes
from ingest_api.acceptance import Acceptor
from ingest_api.accepted import LimitsAnswer, UploadAnswer
from ingest_api.clock_offset import Clock
from ingest_api.daily_bytes import DailyBytes
from ingest_api.disk_space import DiskSpace
from ingest_api.preparing import IDEMPOTENCY_KEY
from ingest_api.refusals import CountRefusals, RefusalCounter
from ingest_api.services import Services, State
from ingest_api.settings import Settings
from ingest_api.verification_keys import VerificationKeys
from ingest_api.workers.pool import Workers
from schemas.topics import UPLOADED
from service_kit.callers.admission import Admission
from service_kit.callers.rates import RateLimiter
from service_kit.callers.root_of_trust import roots_of
from service_kit.callers.tokens import TokenVerifier
from service_kit.engines.kafka.publisher import Publisher
from service_kit.engines.kafka.topic_ids import TopicId
from service_kit.http import health, openapi
from service_kit.http.application import application
from service_kit.http.framework import cors
from service_kit.http.framework.direct_routes import Direct
from service_kit.http.middleware import RequestContext

_DESCRIPTION = """
Send ECGs with a client's access token, which the query API gives (or **Authorize** here).

* 202 means that Kafka has all of the ECG on all in-sync replicas. Its insights appear at the query API.
* Every error is `application/problem+json` (RFC 9457) of a documented type, and repeats nothing you sent.
* Send again after 408, 429, 5xx or a broken connection, never after another 4xx.
"""


def create_app(settings: Settings) -> FastAPI:
    """The application. It opens nothing until it is started, and starts whether Kafka is there or not."""
    tokens = TokenVerifier(issuer=settings.token_issuer, audience=settings.token_audience)
    publisher = Publisher(settings, timeout_seconds=settings.ingest_publish_seconds)
    topic_id = TopicId(settings, UPLOADED.name)
    roots = None if settings.identity_root is None else roots_of(settings.identity_root)
    keys = VerificationKeys(settings, tokens, roots=roots)
    admission = Admission(
        max_requests=settings.ingest_requests_in_flight, max_bytes=settings.ingest_bytes_in_flight
    )
    limits = _limits(settings)
    clock = Clock(settings.ingest_clock_seconds)
    max_bytes = settings.ingest_body_max_bytes
    workers = Workers(limits, max_bytes=max_bytes, count=settings.ingest_workers)
    acceptor = Acceptor(
        publisher,
        topic_id,
        clock,
        workers,
        limits,
        max_bytes=max_bytes,
        publish_seconds=settings.ingest_publish_seconds,
    )
    rates = RateLimiter(settings.requests_per_second)
    daily_bytes = DailyBytes(settings.ingest_bytes_per_day)
    disk_space = DiskSpace(settings, settings.ingest_disk_free_bytes)
    refusals = RefusalCounter(publisher)
    services = Services(settings, keys, limits, acceptor, admission, daily_bytes, disk_space)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[State]:
        async with AsyncExitStack() as stack:
            for part in (publisher, topic_id, keys, disk_space, workers, refusals):
                stack.push_async_callback(part.close)
                await part.open()
            yield {"services": services, "tokens": tokens, "rates": rates}

    async def keys_read() -> bool:
        return keys.ready

    app = application(
        "ECG insights: ingest",
        lifespan=lifespan,
        description=_DESCRIPTION,
        # Who sends from its page signs in there.
        asked_from_pages=[cors.origin_of(settings.query_url)],
    )
    router = routes.router(f"{settings.query_url}/v1/token")
    app.include_router(router)
    health.install(
        app,
        {
            "kafka": publisher.answers,
            "keys": keys_read,
            "clock": clock.right,
            "disk": disk_space.enough,
        },
        metrics_elsewhere=settings.metrics_address is not None,
    )
    openapi.install(app, [document.Upload, UploadAnswer, LimitsAnswer], document.bounds(limits))
    app.add_middleware(Direct, routers=[router])
    app.add_middleware(CountRefusals, counter=refusals, path=routes.PATH)
    app.add_middleware(RequestContext)
    cors.install(
        app,
        settings.allowed_origins(),
        methods=["GET", "POST"],
        headers=[IDEMPOTENCY_KEY],
        exposed=["Location"],
    )
    return app


def _limits(settings: Settings) -> Limits:
    return Limits(
        leads=settings.ingest_leads_max,
        samples_per_lead=settings.ingest_samples_per_lead_max,
        name_characters=settings.ingest_name_max_characters,
        units_characters=settings.ingest_units_max_characters,
        segments=settings.ingest_segments_max,
    )
