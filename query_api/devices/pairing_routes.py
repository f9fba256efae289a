"""Pairing a device that has no keyboard: its user makes a code, which the device trades for its token."""

from fastapi import APIRouter, Depends, Request, Response

from query_api.conditional import unkept
from query_api.devices import answers
from query_api.devices.answers import (
    BODY_PROBLEMS,
    FULL,
    MAX_BODY_BYTES,
    PATH,
    TOKEN_PROBLEMS,
    UNAVAILABLE,
    CodeAnswer,
    IssuedDevice,
    issued_answer,
)
from query_api.devices.bodies import NewDevice, PairingCode, parse_code
from query_api.devices.pairing import CODE_SECONDS
from query_api.devices.routes import Injected, Writer, read_name
from schemas.problems import InvalidError, NotFoundError, RuleError, TooManyRequestsError
from service_kit.callers.rate_limit import limit_rate
from service_kit.http import openapi
from service_kit.http.body import read_body, require_json, require_unencoded
from service_kit.http.query_parameters import require_known_parameters

router = APIRouter(tags=["devices"])


@router.post(
    f"{PATH}/codes",
    operation_id="createPairingCode",
    summary="Make a code that pairs one device",
    response_class=Response,
    status_code=201,
    dependencies=[Depends(limit_rate)],
    responses=openapi.answer(
        201, CodeAnswer, "The code: for one device, once, for ten minutes.", answers.CODE
    )
    | openapi.problems(*TOKEN_PROBLEMS, *BODY_PROBLEMS, FULL),
    openapi_extra=openapi.body(NewDevice, {"name": "Holter 3"}),
)
async def create_pairing_code(request: Request, claims: Writer, services: Injected) -> Response:
    """The device that brings it becomes this user's, by this name. Nobody can be told of the code again."""
    code = await services.devices.make_code(claims.user_id, await read_name(request, services))
    return unkept(201, CodeAnswer(code, CODE_SECONDS))


@router.post(
    f"{PATH}/pair",
    operation_id="pairDevice",
    summary="Trade a pairing code for a device's token",
    response_class=Response,
    status_code=201,
    responses=openapi.answer(
        201, IssuedDevice, "The device, and a token that is shown this once.", answers.ISSUED
    )
    | openapi.problems(
        *BODY_PROBLEMS,
        UNAVAILABLE,
        NotFoundError("there is no such code: it was used, has expired, or never was"),
        InvalidError([RuleError("missing", pointer="/code")]),
        TooManyRequestsError("too many codes were tried from this address", retry_after=CODE_SECONDS),
    ),
    openapi_extra=openapi.body(PairingCode, {"code": "K7QM-2XWT"}),
)
async def pair_device(request: Request, services: Injected) -> Response:
    """Needs no token. A code is taken once: who lost the answer asks their user for another one."""
    require_known_parameters(request)
    require_json(request)
    require_unencoded(request)
    code = parse_code(await read_body(request, max_bytes=MAX_BODY_BYTES, pace=services.pace))
    address = services.addresses.caller(request.scope)
    issued = await services.devices.pair(code, address)
    entity = f"device/{issued.device.id}"
    services.audit.record("device.pair", request=request, owner=issued.owner_id, entities=(entity,))
    return unkept(201, issued_answer(issued))


STRUCTS = (PairingCode, CodeAnswer)
