"""A user's devices: issue, list, look at, rename and revoke them. The token of a device may do none of this."""

import time
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from query_api import instants
from query_api.authentication import require
from query_api.conditional import IF_NONE_MATCH, TAGGED, UNCHANGED, reply, unkept
from query_api.cursors import CursorText, Place
from query_api.devices import answers
from query_api.devices.answers import (
    BODY_PROBLEMS,
    DEVICE_PATH,
    FULL,
    MAX_BODY_BYTES,
    PATH,
    TOKEN_PROBLEMS,
    DeviceAnswer,
    DeviceDetail,
    DevicePage,
    IssuedDevice,
    device_answer,
    device_detail,
    issued_answer,
)
from query_api.devices.bodies import NewDevice, parse_new_device
from query_api.devices.recent import recent
from query_api.devices.services import DeviceServices, services_of
from query_api.instants import instant
from query_api.pages import NOT_A_CURSOR, PAGE_HEADERS, place_of, reply_page
from schemas.claims import Claims
from schemas.problems import InvalidError, NotFoundError, RuleError
from service_kit.callers.rate_limit import limit_rate
from service_kit.http import openapi
from service_kit.http.body import read_body, require_json, require_unencoded
from service_kit.http.query_parameters import NONE_TAKEN, require_known_parameters

_FILTERS = "devices"
_DEFAULT_LIMIT, _MAX_LIMIT = 50, 200
_BEFORE_ALL = UUID(int=0)

Reader = Annotated[Claims, Depends(require("devices:read"))]
Writer = Annotated[Claims, Depends(require("devices:write"))]
Injected = Annotated[DeviceServices, Depends(services_of)]
_MISSING = NotFoundError("you have no such device")

router = APIRouter(tags=["devices"], dependencies=[Depends(limit_rate)])


async def read_name(request: Request, services: DeviceServices) -> str:
    """The name in a request's body. Raises what is wrong with either."""
    require_known_parameters(request)
    require_json(request)
    require_unencoded(request)
    return parse_new_device(await read_body(request, max_bytes=MAX_BODY_BYTES, pace=services.pace))


@router.post(
    PATH,
    operation_id="createDevice",
    summary="Issue a token for a device",
    response_class=Response,
    status_code=201,
    responses=openapi.answer(
        201,
        IssuedDevice,
        "The device, and a token that is shown this once.",
        answers.ISSUED,
        headers={"Location": "The device."},
    )
    | openapi.problems(*TOKEN_PROBLEMS, *BODY_PROBLEMS, FULL),
    openapi_extra=openapi.body(NewDevice, {"name": "Holter 3"}),
)
async def create_device(request: Request, claims: Writer, services: Injected) -> Response:
    """For a device that its user can put a token on. One without a keyboard is paired instead.

    The token sends ECGs, which are its user's, and asks for the status of what the device itself sent; nothing else.
    """
    issued = await services.devices.issue(claims.user_id, await read_name(request, services))
    services.record("device.issue", request, claims, [issued.device])
    return unkept(201, issued_answer(issued), {"location": f"{PATH}/{issued.device.id}"})


@router.get(
    PATH,
    operation_id="listDevices",
    summary="List my devices",
    response_class=Response,
    responses=openapi.answer(
        200,
        DevicePage,
        "Some devices.",
        answers.PAGE,
        headers=PAGE_HEADERS,
    )
    | UNCHANGED
    | openapi.problems(*TOKEN_PROBLEMS, NOT_A_CURSOR),
    openapi_extra=openapi.headers(IF_NONE_MATCH),
)
async def list_devices(
    request: Request,
    claims: Reader,
    services: Injected,
    limit: Annotated[int, Query(ge=1, le=_MAX_LIMIT)] = _DEFAULT_LIMIT,
    cursor: CursorText = None,
) -> Response:
    """Each once, those that were revoked as well, in no order that means anything."""
    require_known_parameters(request)
    after = place_of(services.cursors, cursor, claims.user_id, _FILTERS, Place)
    behind = _BEFORE_ALL if after is None else UUID(after.text)
    devices, onward = await services.devices.page(claims.user_id, behind, limit)
    services.record("device.list", request, claims, devices)
    query = (
        None
        if onward is None
        else {
            "limit": limit,
            "cursor": services.cursors.encode(claims.user_id, _FILTERS, Place(0, str(onward))),
        }
    )
    return reply_page(request, DevicePage, [device_answer(device) for device in devices], PATH, query)


@router.get(
    DEVICE_PATH,
    operation_id="getDevice",
    summary="One of my devices",
    response_class=Response,
    responses=openapi.answer(200, DeviceDetail, "The device.", answers.DETAIL, headers=TAGGED)
    | UNCHANGED
    | openapi.problems(
        *TOKEN_PROBLEMS,
        _MISSING,
        InvalidError([NONE_TAKEN]),
    ),
    openapi_extra=openapi.headers(IF_NONE_MATCH),
)
async def get_device(request: Request, device_id: UUID, claims: Reader, services: Injected) -> Response:
    """When it was heard of last, and what came of what it sent in the last four weeks.

    Somebody else's device and one that does not exist are the same answer.
    """
    require_known_parameters(request)
    device = await services.devices.get(claims.user_id, device_id)
    found = await recent(services.store, claims.user_id, device, time.time_ns() // 1000)
    services.record("device.read", request, claims, [device])
    return reply(request, device_detail(device, found))


@router.patch(
    DEVICE_PATH,
    operation_id="renameDevice",
    summary="Call a device otherwise",
    response_class=Response,
    responses=openapi.answer(200, DeviceAnswer, "The device, as it is called now.", answers.DEVICE)
    | openapi.problems(*TOKEN_PROBLEMS, *BODY_PROBLEMS, _MISSING),
    openapi_extra=openapi.body(NewDevice, {"name": "Holter 3"}),
)
async def rename_device(request: Request, device_id: UUID, claims: Writer, services: Injected) -> Response:
    """Its token stays, and so does what it sent."""
    name = await read_name(request, services)
    device = await services.devices.rename(claims.user_id, device_id, name)
    services.record("device.rename", request, claims, [device])
    return unkept(200, device_answer(device))


@router.delete(
    DEVICE_PATH,
    operation_id="revokeDevice",
    summary="Revoke a device",
    response_class=Response,
    responses=openapi.answer(200, DeviceAnswer, "The device, which is out.", answers.REVOKED)
    | openapi.problems(
        *TOKEN_PROBLEMS,
        _MISSING,
        InvalidError([RuleError("not an instant", parameter="suspect_from")]),
    ),
)
async def revoke_device(
    request: Request,
    device_id: UUID,
    claims: Writer,
    services: Injected,
    suspect_from: Annotated[
        str | None,
        Query(
            description="What was accepted from it from then on is in doubt: RFC 3339 with an offset.",
            json_schema_extra=instants.FORMAT,
        ),
    ] = None,
) -> Response:
    """Its token ends here at once, and at every ingest API within seconds of Kafka's being there; it stays listed.

    Again, it is the same; an earlier `suspect_from` holds.
    """
    require_known_parameters(request)
    doubt = instant("suspect_from", suspect_from)
    device = await services.devices.revoke(claims.user_id, device_id, doubt)
    services.record("device.revoke", request, claims, [device])
    return unkept(200, device_answer(device))


STRUCTS = (NewDevice, IssuedDevice, DeviceAnswer, DeviceDetail, DevicePage)
