"""What a request and its answers look like, for the API's documents."""

from typing import Any

from ingest_api.answers import UploadAnswer
from schemas.problems import (
    BodyTimeoutError,
    ForbiddenError,
    InvalidError,
    MalformedError,
    RuleError,
    TooLargeError,
    TooManyRequestsError,
    UnauthenticatedError,
    UnavailableError,
    UnsupportedMediaError,
)
from service_kit import openapi

UPLOAD: dict[str, Any] = {
    "id": "ecg-17",
    "date": "2025-11-23T08:30:00Z",
    "sampling_frequency": 500,
    "leads": [
        {"name": "I", "number_of_samples": 8, "signal": [12, -3, -8, 0, 5, 9, -1, 4]},
        {"name": "II", "signal": [1024, 1030, 1000, 1025], "baseline": 1024, "adc_gain": 200, "units": "mV"},
    ],
}
_ECG_URL = "http://127.0.0.1:8002/v1/ecgs/ecg-17"
_ACCEPTED = {
    "id": "ecg-17",
    "content_hash": "a59bbc8716cf1c7d17e6794e64de8ebe617b68429c47323b56d9500d3faa3e09",
    "accepted_at": "2025-11-23T08:30:04.217035Z",
    "status": "accepted",
    "links": {"self": _ECG_URL, "insights": f"{_ECG_URL}/insights", "status": f"{_ECG_URL}/status"},
}

ANSWERS = openapi.answer(
    202,
    UploadAnswer,
    "Kafka has all of it on all in-sync replicas.",
    _ACCEPTED,
    headers={"Location": "Where its insights will be, with a receipt: until then the answer there is 202."},
) | openapi.problems(
    MalformedError("the body stops being JSON here", offset=117),
    UnauthenticatedError("the token has expired"),
    ForbiddenError("this needs the scope ecgs:write, which a token of role admin lacks"),
    BodyTimeoutError("the body was not there after 30 seconds"),
    TooLargeError("at most 33554432 bytes are taken"),
    UnsupportedMediaError("send Content-Type: application/json"),
    InvalidError(
        [
            RuleError("must be more than 0", pointer="/sampling_frequency"),
            RuleError("must be an integer from -2147483648 to 2147483647", pointer="/leads/0/signal/3"),
        ]
    ),
    TooManyRequestsError("this user has sent more requests than are taken", retry_after=1),
    UnavailableError("kafka does not answer; sending the same again is safe", retry_after=1),
)
