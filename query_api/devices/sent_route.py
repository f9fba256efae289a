"""What a device sent, the latest acceptance first: what was rejected too, and what is in doubt marked."""

import time
from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from query_api import instants
from query_api.conditional import IF_NONE_MATCH, UNCHANGED
from query_api.cursors import CursorText, Place
from query_api.devices import answers
from query_api.devices.answers import DEVICE_PATH, PATH, TOKEN_PROBLEMS, SentItem, SentPage
from query_api.devices.routes import Injected, Reader
from query_api.devices.store import Device
from query_api.devices.weeks import CLOCKS_MICROS, some_weeks
from query_api.instants import instant
from query_api.pages import NOT_A_CURSOR, PAGE_HEADERS, place_of, reply_page
from schemas.problems import NotFoundError
from schemas.times import format_rfc3339
from service_kit.callers.rate_limit import limit_rate
from service_kit.http import openapi
from service_kit.http.query_parameters import require_known_parameters

_DEFAULT_LIMIT, _MAX_LIMIT = 50, 200
router = APIRouter(tags=["devices"], dependencies=[Depends(limit_rate)])


@router.get(
    f"{DEVICE_PATH}/ecgs",
    operation_id="listDeviceEcgs",
    summary="List what one of my devices sent",
    response_class=Response,
    responses=openapi.answer(
        200,
        SentPage,
        "Some ECGs.",
        answers.SENT,
        headers=PAGE_HEADERS,
    )
    | UNCHANGED
    | openapi.problems(
        *TOKEN_PROBLEMS,
        NotFoundError("you have no such device"),
        NOT_A_CURSOR,
    ),
    openapi_extra=openapi.headers(IF_NONE_MATCH),
)
async def list_device_ecgs(
    request: Request,
    device_id: UUID,
    claims: Reader,
    services: Injected,
    limit: Annotated[int, Query(ge=1, le=_MAX_LIMIT)] = _DEFAULT_LIMIT,
    accepted_from: Annotated[
        str | None,
        Query(
            description="Accepted at or after this: RFC 3339 with an offset.",
            json_schema_extra=instants.FORMAT,
        ),
    ] = None,
    cursor: CursorText = None,
) -> Response:
    """By the instant of acceptance, and not by the date that the device told, which a stolen one may choose.

    A page may hold fewer than `limit`: go on until `next` is null.
    """
    require_known_parameters(request)
    device = await services.devices.get(claims.user_id, device_id)
    since = device.created_at - CLOCKS_MICROS
    if accepted_from is not None:
        since = max(since, instant("accepted_from", accepted_from))
    filters = f"sent/{device_id}/{since}"
    place = place_of(services.cursors, cursor, claims.user_id, filters, Place)
    if place is None:
        place = Place(time.time_ns() // 1000 + CLOCKS_MICROS, "")
    weeks, later = some_weeks(since, place.number)
    rows = await services.store.sent(claims.user_id, device_id, weeks, since, place, limit + 1)
    items = [_item(row, device) for row in rows[:limit]]
    shown = tuple(f"ecg/{item.id}" for item in items)
    services.audit.record("ecg.list", request=request, claims=claims, owner=claims.user_id, entities=shown)
    onward = later
    if len(rows) > limit:
        onward = Place(rows[limit - 1]["accepted_at"], rows[limit - 1]["ecg_id"])
    query = (
        None
        if onward is None
        else {
            "limit": limit,
            "accepted_from": None if accepted_from is None else format_rfc3339(since),
            "cursor": services.cursors.encode(claims.user_id, filters, onward),
        }
    )
    return reply_page(request, SentPage, items, f"{PATH}/{device_id}/ecgs", query)


def _item(row: Mapping[str, Any], device: Device) -> SentItem:
    doubt = device.suspect_from
    return SentItem(
        row["ecg_id"],
        format_rfc3339(row["accepted_at"]),
        row["content_hash"],
        row["status"],
        row["reason"],
        suspect=doubt is not None and row["accepted_at"] >= doubt,
    )


STRUCTS = (SentItem, SentPage)
