"""Is it alive, can it do its work, and how much has it done: the three paths that operators ask."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from service_kit.engines.errors import EngineAwayError

# A check that takes longer is a check that failed: whoever asks wants an answer.
_CHECK_TIMEOUT_SECONDS = 2.0

Check = Callable[[], Awaitable[bool]]

_READY = {"status": "ready", "checks": {"kafka": "ok"}}
_AWAY = {
    "status": "not ready",
    "checks": {"cassandra": "away"},
    "why": {"cassandra": "the table ecg.users_by_email is missing"},
}
_METRICS_LINE = 'ecg_http_requests_total{method="GET",route="/healthz",status="200"} 1.0\n'


def _described(
    what: str, example: object, *, media_type: str = "application/json", schema: str = "object"
) -> dict[str, object]:
    return {"description": what, "content": {media_type: {"schema": {"type": schema}, "example": example}}}


def install(
    app: FastAPI,
    checks: Mapping[str, Check],
    *,
    optional: Mapping[str, Check] = MappingProxyType({}),
    details: Callable[[], Mapping[str, object]] = dict,
    metrics_elsewhere: bool = False,
) -> None:
    """Add ``/healthz``, ``/readyz`` and ``/metrics``. A check says whether one needed thing is there, or raises
    EngineAwayError, whose cause is told under `why`.

    What `optional` checks find is told, and makes nobody unready. `details`: what else is worth telling beside
    the checks, each under its name. `metrics_elsewhere`: ``/metrics`` is at an address of its own.
    """
    router = APIRouter(tags=["operations"])

    @router.get(
        "/healthz",
        operation_id="getHealth",
        response_model=None,
        summary="Is this process alive?",
        responses={200: _described("It is.", {"status": "alive"})},
    )
    async def healthz() -> dict[str, str]:
        """Answers as long as the process does; depends on no engine."""
        return {"status": "alive"}

    @router.get(
        "/readyz",
        operation_id="getReadiness",
        summary="Can it do its work, and if not, what is away?",
        responses={200: _described("It can.", _READY), 503: _described("It cannot.", _AWAY)},
    )
    async def readyz() -> JSONResponse:
        """200 when everything this service needs is there, else 503; either way what was found, and why where known."""
        asked = {**checks, **optional}
        found = dict(zip(asked, await asyncio.gather(*map(_judged, asked.values())), strict=True))
        ready = all(found[name].passed for name in checks)
        why = {name: check.why for name, check in found.items() if check.why is not None}
        body = {
            "status": "ready" if ready else "not ready",
            "checks": {name: "ok" if check.passed else "away" for name, check in found.items()},
            **({"why": why} if why else {}),
            **details(),
        }
        return JSONResponse(body, 200 if ready else 503, headers={"cache-control": "no-store"})

    if not metrics_elsewhere:
        _install_metrics(router)
    app.include_router(router)


def _install_metrics(router: APIRouter) -> None:
    @router.get(
        "/metrics",
        operation_id="getMetrics",
        summary="Prometheus metrics",
        response_class=PlainTextResponse,
        responses={200: _described("All.", _METRICS_LINE, media_type="text/plain", schema="string")},
    )
    async def metrics() -> Response:
        """What this process has done, in the Prometheus text format."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


class _Judged(NamedTuple):
    passed: bool
    why: str | None = None


async def _judged(check: Check) -> _Judged:
    try:
        return _Judged(await asyncio.wait_for(check(), _CHECK_TIMEOUT_SECONDS))
    except EngineAwayError as error:
        return _Judged(passed=False, why=error.cause)
    except Exception:  # noqa: BLE001 - a check that fails in any way has not passed
        return _Judged(passed=False)
