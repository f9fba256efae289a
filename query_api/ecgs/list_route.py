"""The list of the caller's own ECGs: newest date of recording first, or in the order in which they arrived."""

import time
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response

from query_api import instants
from query_api.authentication import require
from query_api.conditional import UNCHANGED
from query_api.cursors import CursorText, Place
from query_api.ecgs import by_arrival, by_recording, examples
from query_api.ecgs.by_recording import EcgItem, Window
from query_api.ecgs.services import EcgServices, services_of
from query_api.ecgs.suspects import marked
from query_api.instants import instant
from query_api.pages import NOT_A_CURSOR, PAGE_HEADERS, place_of, reply_page
from schemas.claims import Claims
from schemas.problems import InvalidError, RuleError
from schemas.times import format_rfc3339
from service_kit.callers.rate_limit import limit_rate
from service_kit.http import openapi
from service_kit.http.framework.direct_routes import DirectRoute
from service_kit.http.query_parameters import require_known_parameters

_PATH = "/v1/ecgs"
_DEFAULT_LIMIT, _MAX_LIMIT = 50, 200

router = APIRouter(tags=["ecgs"], route_class=DirectRoute, dependencies=[Depends(limit_rate)])


class EcgPage(msgspec.Struct, frozen=True):
    """Some ECGs, newest date of recording first or in order of arrival; `next` leads to more, until it is null."""

    items: list[EcgItem]
    next: str | None


@router.get(
    _PATH,
    operation_id="listEcgs",
    summary="List my ECGs, newest first, or by order of arrival",
    response_class=Response,
    responses=openapi.answer(200, EcgPage, "Some ECGs.", examples.PAGE, headers=PAGE_HEADERS)
    | UNCHANGED
    | openapi.problems(*examples.PROBLEMS, NOT_A_CURSOR),
    openapi_extra=examples.PAGE_ASKED,
)
async def list_ecgs(
    request: Request,
    claims: Annotated[Claims, Depends(require("ecgs:read"))],
    services: Annotated[EcgServices, Depends(services_of)],
    limit: Annotated[int, Query(ge=1, le=_MAX_LIMIT)] = _DEFAULT_LIMIT,
    since: Annotated[
        str | None,
        Query(
            alias="from",
            description="Recorded at or after this: RFC 3339 with an offset.",
            json_schema_extra=instants.FORMAT,
        ),
    ] = None,
    before: Annotated[
        str | None,
        Query(
            alias="to",
            description="Recorded before this: RFC 3339 with an offset.",
            json_schema_extra=instants.FORMAT,
        ),
    ] = None,
    received_after: Annotated[
        str | None,
        Query(
            description="In order of arrival, what came after this: RFC 3339 with an offset.",
            json_schema_extra=instants.FORMAT,
        ),
    ] = None,
    cursor: CursorText = None,
) -> Response:
    """By date of recording, newest first. A page may hold fewer than `limit`: go on until `next` is null.

    With `received_after`, what became readable since, back-filled recordings included, earliest first. Give the
    largest `received_at` of a visit as `received_after` of the next, and nothing is missed, whatever the clocks of
    hosts say: each visit begins ten minutes earlier. So an ECG may be listed again; pass over the ids that are known.
    """
    require_known_parameters(request)
    if received_after is not None:
        if since is not None or before is not None:
            raise _invalid("received_after", "goes with neither from nor to")
        return await _received(request, claims, services, limit, received_after, cursor)
    since_micros, before_micros = instant("from", since), instant("to", before)
    filters = f"ecgs/{since_micros}/{before_micros}"
    after = place_of(services.cursors, cursor, claims.user_id, filters, Place)
    window = Window.of(since_micros, before_micros)
    if window.is_empty:
        raise _invalid("to", "not after from")
    items, onward = await by_recording.page(services.store, claims.user_id, window, after, limit)
    items = await marked(services.store, claims.user_id, items)
    _record(request, claims, services, items)
    query = (
        None
        if onward is None
        else {
            "limit": limit,
            "from": None if since_micros is None else format_rfc3339(window.since),
            "to": None if before_micros is None else format_rfc3339(window.before),
            "cursor": services.cursors.encode(claims.user_id, filters, onward),
        }
    )
    return reply_page(request, EcgPage, items, _PATH, query)


async def _received(
    request: Request,
    claims: Claims,
    services: EcgServices,
    limit: int,
    received_after: str,
    cursor: str | None,
) -> Response:
    after = instant("received_after", received_after)
    filters = f"arrivals/{after}"
    visit = place_of(services.cursors, cursor, claims.user_id, filters, by_arrival.Visit)
    if visit is None:
        visit = by_arrival.begin(after, now=time.time_ns() // 1000)
    items, onward = await by_arrival.page(services.store, claims.user_id, visit, limit)
    items = await marked(services.store, claims.user_id, items)
    _record(request, claims, services, items)
    query = (
        None
        if onward is None
        else {
            "limit": limit,
            "received_after": received_after,
            "cursor": services.cursors.encode(claims.user_id, filters, onward),
        }
    )
    return reply_page(request, EcgPage, items, _PATH, query)


def _record(request: Request, claims: Claims, services: EcgServices, items: list[EcgItem]) -> None:
    entities = tuple(f"ecg/{item.id}" for item in items)
    services.audit.record("ecg.list", request=request, claims=claims, owner=claims.user_id, entities=entities)


def _invalid(parameter: str, detail: str) -> InvalidError:
    return InvalidError([RuleError(detail, parameter=parameter)])


STRUCTS = (EcgPage,)
