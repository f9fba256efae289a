"""``POST /v1/ecgs``: what is asked of a request before its body is read, and the answer; ``GET /v1/limits``."""

import time
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request, Response

from ingest_api import examples, metrics
from ingest_api.accepted import limits_answer, upload_answer
from ingest_api.content_type import format_of
from ingest_api.preparing import IDEMPOTENCY_KEY, KEY_PATTERN, Order
from ingest_api.services import Services, services_of
from schemas.claims import Claims
from service_kit.callers.authentication import RequireScope
from service_kit.callers.rate_limit import limit_rate
from service_kit.engines.errors import EngineAwayError
from service_kit.engines.kafka.publisher import ENGINE
from service_kit.http.body import read_chunks
from service_kit.http.encodings import content_encoding
from service_kit.http.framework.direct_routes import DirectRoute
from service_kit.http.pace import Pace
from service_kit.http.query_parameters import require_known_parameters

PATH = "/v1/ecgs"
LIMITS_PATH = "/v1/limits"

Injected = Annotated[Services, Depends(services_of)]


async def keys_are_known(request: Request) -> None:
    """Raise EngineAwayError until a token can be judged: a good one must never be called bad."""
    if not (await services_of(request)).keys.ready:
        raise EngineAwayError(ENGINE, "the public keys have not been read yet")


def router(token_url: str) -> APIRouter:
    """The routes; tokens are to be had at `token_url`."""
    routes = APIRouter(
        tags=["ecgs"],
        route_class=DirectRoute,
        dependencies=[Depends(keys_are_known), Depends(limit_rate)],
    )
    Uploader = Annotated[Claims, Depends(RequireScope("ecgs:write", token_url=token_url))]  # noqa: N806 - a type

    @routes.post(
        PATH,
        status_code=202,
        operation_id="uploadEcg",
        summary="Send an ECG",
        responses=examples.ANSWERS,
        openapi_extra=examples.BODY,
    )
    async def upload(
        request: Request,
        claims: Uploader,
        services: Injected,
        idempotency_key: Annotated[
            str | None,
            Header(
                alias=IDEMPOTENCY_KEY,
                description="Without an `id` in the body, the ECG's id is made of this and its owner.",
                json_schema_extra={"pattern": KEY_PATTERN},
            ),
        ] = None,
    ) -> Response:
        """Accept an ECG of any number of leads of any lengths, and answer once it cannot be lost.

        It may come as JSON, as an Arrow stream or as a file of a format below; which makes no difference to the ECG.
        The body may be compressed: `Content-Encoding: gzip` or `zstd`. The limit holds for what comes out, too.
        Sending the same again is safe: the same id, key or content is the same ECG.
        """
        settings = services.settings
        require_known_parameters(request)
        services.daily_bytes.judge(claims.user_id)
        services.disk_space.require()
        order = Order(
            format_of(request),
            content_encoding(request),
            claims.user_id,
            idempotency_key,
            request.state.traceparent,
            claims.device_id,
        )
        with services.admission.place(claims.user_id) as place:
            began = time.perf_counter()
            chunks = await read_chunks(
                request, max_bytes=settings.ingest_body_max_bytes, pace=Pace.of(settings), hold=place.hold
            )
            metrics.READ.observe(time.perf_counter() - began)
            accepted = await services.acceptor.accept(chunks, order, place)
        services.daily_bytes.count(claims.user_id, accepted.event_bytes)
        content, location = upload_answer(accepted, settings.query_url)
        return Response(content, 202, headers={"location": location}, media_type="application/json")

    @routes.get(
        LIMITS_PATH,
        operation_id="getLimits",
        summary="What an upload may be",
        response_class=Response,
        responses=examples.LIMITS_ANSWERS,
    )
    async def limits(request: Request, _: Uploader, services: Injected) -> Response:
        """The most that is taken, for whoever would rather know before a large body is on its way.

        The token is judged as for an upload, so that an answer here is what one would hear there.
        """
        require_known_parameters(request)
        content = limits_answer(
            services.limits,
            services.settings.ingest_body_max_bytes,
            services.settings.ingest_bytes_per_day,
        )
        return Response(content, media_type="application/json", headers={"cache-control": "no-store"})

    return routes
