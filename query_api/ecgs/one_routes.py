"""The three answers about one ECG of the caller's own: its insights, its status, and all that is kept of it.

Each is given now or as soon as it is there. Somebody else's ECG and one that does not exist are the same answer, to
the byte.
"""

from collections.abc import Callable, Sequence
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Path, Query, Request, Response

from query_api.authentication import require
from query_api.conditional import reply, unkept
from query_api.ecgs import examples
from query_api.ecgs.answers import (
    EcgAnswer,
    InsightsAnswer,
    StatusAnswer,
    ecg_answer,
    insights_answer,
    status_answer,
)
from query_api.ecgs.choosing import Row, UploadStatus
from query_api.ecgs.finding import sent_by
from query_api.ecgs.preferences import wait_seconds
from query_api.ecgs.services import EcgServices, services_of
from query_api.ecgs.suspects import marked
from schemas.audit import Action
from schemas.claims import Claims, Scope
from schemas.ids import ECG_ID_PATTERN, is_ecg_id
from schemas.problems import InvalidError, NotFoundError, RuleError
from schemas.receipts import SCHEMA as RECEIPT_SCHEMA
from schemas.receipts import Receipt, decode_receipt
from service_kit.callers.rate_limit import limit_rate
from service_kit.http import problems
from service_kit.http.framework.direct_routes import DirectRoute
from service_kit.http.query_parameters import require_known_parameters

# The processor is through with an upload in some 20 ms when it keeps up.
_RETRY_AFTER_SECONDS = "1"

# `example` and not `examples`: the page fills a field with the former alone.
EcgId = Annotated[str, Path(json_schema_extra={"pattern": f"^{ECG_ID_PATTERN}$", "example": "ecg-20"})]
ReceiptText = Annotated[
    str | None,
    Query(
        description="From the `Location` of the upload: tells “not yet” (202) from “never sent” (404), and in `upload`"
        " what became of that very upload. What was accepted and will have no answer is `rejected`, by its status"
        " because it `expired` unread or was `lost`: send that again.",
        json_schema_extra=dict(RECEIPT_SCHEMA),
    ),
]
# What an answer is made of: the ECG's id, its rows, and what became of the upload that is asked about.
View = Callable[[str, Sequence[Row], UploadStatus | None], msgspec.Struct]

router = APIRouter(tags=["ecgs"], route_class=DirectRoute, dependencies=[Depends(limit_rate)])


def _add(
    path: str,
    action: Action,
    view: View,
    struct: type[msgspec.Struct],
    example: dict[str, Any],
    accepted: dict[str, Any],
    *,
    operation_id: str,
    summary: str,
    description: str,
    scopes: tuple[Scope, ...] = ("ecgs:read",),
) -> None:
    """Add the route of one view, for tokens of one of these scopes."""

    async def answer(
        request: Request,
        ecg_id: EcgId,
        claims: Annotated[Claims, Depends(require(*scopes))],
        services: Annotated[EcgServices, Depends(services_of)],
        receipt: ReceiptText = None,
    ) -> Response:
        require_known_parameters(request)
        place = None if receipt is None else _receipt(receipt)
        if not is_ecg_id(ecg_id):
            return _not_found({})
        wait = wait_seconds(request.headers.getlist("prefer"), services.longest_wait_seconds)
        headers: dict[str, str] = {}
        if wait and services.waiters.takes(claims.user_id):
            headers["preference-applied"] = f"wait={wait}"
            found = await services.ecgs.wait_for(claims.user_id, ecg_id, place, wait)
        else:
            found = await services.ecgs.find(claims.user_id, ecg_id, place)
        if found is not None and claims.device_id is not None:
            found = sent_by(claims.device_id, found)
        if found is None:
            return _not_found(headers)
        entity = f"ecg/{ecg_id}"
        services.audit.record(
            action, request=request, claims=claims, owner=claims.user_id, entities=(entity,)
        )
        content = view(ecg_id, [] if found.is_pending else found.rows, found.upload)
        if isinstance(content, EcgAnswer):
            (content,) = await marked(services.store, claims.user_id, [content])
        if found.is_pending:
            return unkept(202, content, headers | {"retry-after": _RETRY_AFTER_SECONDS})
        return reply(request, content, headers)

    router.add_api_route(
        path,
        answer,
        methods=["GET"],
        response_class=Response,
        responses=examples.one(struct, example, accepted),
        openapi_extra=examples.ONE_ASKED,
        operation_id=operation_id,
        summary=summary,
        description=description,
    )


_add(
    "/v1/ecgs/{ecg_id}",
    "ecg.read",
    ecg_answer,
    EcgAnswer,
    examples.ECG,
    examples.ECG_ACCEPTED,
    operation_id="getEcg",
    summary="One ECG: all that is kept of it",
    description="Its insights and its status, and other contents sent under the same id. Signals are not kept here.",
)
_add(
    "/v1/ecgs/{ecg_id}/insights",
    "ecg.insights.read",
    insights_answer,
    InsightsAnswer,
    examples.INSIGHTS,
    examples.INSIGHTS_ACCEPTED,
    operation_id="getInsights",
    summary="The insights of one ECG",
    description="What was counted in each lead.",
)
_add(
    "/v1/ecgs/{ecg_id}/status",
    "ecg.status.read",
    status_answer,
    StatusAnswer,
    examples.STATUS,
    examples.STATUS_ACCEPTED,
    operation_id="getStatus",
    summary="How far one ECG has come",
    description="Accepted, computed, or rejected and why; never values. A device is told of what it sent itself.",
    scopes=("ecgs:read", "ecgs:status"),
)


def _not_found(headers: dict[str, str]) -> Response:
    response = problems.render(NotFoundError("you have no such ECG"))
    response.headers.update(headers)
    return response


def _receipt(text: str) -> Receipt:
    try:
        return decode_receipt(text)
    except ValueError as error:
        raise InvalidError([RuleError(str(error), parameter="receipt")]) from None


STRUCTS = (EcgAnswer, InsightsAnswer, StatusAnswer)
