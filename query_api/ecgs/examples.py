"""What the answers about ECGs look like, for the API's documents."""

from typing import Any

from query_api.conditional import IF_NONE_MATCH, TAGGED, UNCHANGED
from schemas.problems import (
    ForbiddenError,
    InvalidError,
    NotFoundError,
    RuleError,
    TooManyRequestsError,
    UnauthenticatedError,
    UnavailableError,
)
from service_kit.http import openapi

# Of the ECG that is the ingest API's example.
_HASH = "e788b8c36df657107a1818d30c8cbfa372ea6306edc4c2990fc38ce456ad303d"
_DATE = "2025-11-23T08:30:00Z"
_ACCEPTED_AT = "2025-11-23T08:30:04.217035Z"
_INSIGHT = {
    "name": "zero_crossings",
    "version": 1,
    "leads": [
        {"name": "I", "number_of_samples": 8, "baseline": 0, "value": 4, "warnings": []},
        {"name": "II", "number_of_samples": 4, "baseline": 1024, "value": 2, "warnings": []},
    ],
}
_LINKS = {
    "self": "/v1/ecgs/ecg-20",
    "insights": "/v1/ecgs/ecg-20/insights",
    "status": "/v1/ecgs/ecg-20/status",
}

INSIGHTS: dict[str, Any] = {
    "id": "ecg-20",
    "date": _DATE,
    "date_source": "client",
    "accepted_at": _ACCEPTED_AT,
    "status": "computed",
    "device_id": None,
    "insights": [_INSIGHT],
}
STATUS: dict[str, Any] = {
    "id": "ecg-20",
    "date": _DATE,
    "date_source": "client",
    "accepted_at": _ACCEPTED_AT,
    "status": "computed",
    "reason": None,
    "content_hash": _HASH,
    "device_id": None,
    "conflicts": [],
    "upload": None,
}
ECG: dict[str, Any] = {
    "id": "ecg-20",
    "date": _DATE,
    "date_source": "client",
    "accepted_at": _ACCEPTED_AT,
    "sampling_frequency": 500.0,
    "status": "computed",
    "reason": None,
    "content_hash": _HASH,
    "device_id": None,
    "insights": [_INSIGHT],
    "conflicts": [],
    "upload": None,
    "links": _LINKS,
    "suspect": False,
}
_ACCEPTED = {"date": None, "date_source": None, "accepted_at": None, "status": "accepted"}
_UPLOAD = {"upload": {"content_hash": _HASH, "status": "accepted", "reason": None}}
INSIGHTS_ACCEPTED = INSIGHTS | _ACCEPTED | {"insights": []} | _UPLOAD
STATUS_ACCEPTED = STATUS | _ACCEPTED | {"content_hash": None} | _UPLOAD
ECG_ACCEPTED = ECG | _ACCEPTED | {"sampling_frequency": None, "content_hash": None, "insights": []} | _UPLOAD
PAGE: dict[str, Any] = {
    "items": [
        {
            "id": "ecg-20",
            "date": _DATE,
            "date_source": "client",
            "accepted_at": _ACCEPTED_AT,
            "leads": 2,
            "number_of_samples": 12,
            "sampling_frequency": 500.0,
            "status": "computed",
            "device_id": None,
            "links": _LINKS,
        }
    ],
    "next": None,
}

PROBLEMS = (
    UnauthenticatedError("the token has expired"),
    ForbiddenError("this needs the scope ecgs:read, which a token of role admin lacks"),
    TooManyRequestsError("this user has sent more requests than are taken", retry_after=1),
    UnavailableError("cassandra does not answer; sending the same again is safe", retry_after=1),
)


_PREFER = ("Prefer", "`wait=10`: answer the moment there is an answer, or after 10 seconds.")
# Read where they are needed, so that a request without them pays nothing.
PAGE_ASKED = openapi.headers(IF_NONE_MATCH)
ONE_ASKED = openapi.headers(_PREFER, IF_NONE_MATCH)


def one(struct: Any, computed: dict[str, Any], accepted: dict[str, Any]) -> openapi.Responses:
    """For a route that answers about one ECG: its answers and problems."""
    applied = {"Preference-Applied": "The wait that was granted, if one was asked for."}
    return (
        openapi.answer(200, struct, "The answer.", computed, headers=TAGGED | applied)
        | openapi.answer(
            202,
            struct,
            "Accepted, and still to be computed; only with a receipt.",
            accepted,
            headers={"Retry-After": "Seconds.", **applied},
        )
        | UNCHANGED
        | openapi.problems(
            *PROBLEMS,
            NotFoundError("you have no such ECG"),
            InvalidError([RuleError("not a receipt", parameter="receipt")]),
        )
    )
