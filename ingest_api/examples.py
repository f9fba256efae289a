"""What a request and its answers look like, for the API's documents."""

from typing import Any

from formats.decoders import UNTOLD
from formats.json import document
from formats.table import FILES
from ingest_api.accepted import LimitsAnswer, UploadAnswer
from ingest_api.content_type import SPOKEN
from schemas.arrow import CONTENT_TYPE as ARROW
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
from service_kit.http import openapi

UPLOAD: dict[str, Any] = {
    "id": "ecg-20",
    "date": "2025-11-23T08:30:00Z",
    "sampling_frequency": 500,
    "leads": [
        {"name": "I", "number_of_samples": 8, "signal": [12, -3, -8, 0, 5, 9, -1, 4]},
        {"name": "II", "signal": [1024, 1030, 1000, 1025], "baseline": 1024, "adc_gain": 200, "units": "mV"},
    ],
}
_ARROW = """
The same ECG as an Arrow IPC stream, a row for each lead: half the bytes of JSON, and less work for both sides.

Columns: `name` (utf8) and `signal` (list of int16 or of int32); `adc_gain` (float64), `baseline` (int32) and `units`
(utf8) may be left out or null. `id`, `date` and `sampling_frequency` are text in the metadata of the schema, each
by the rule that it has in JSON, and optional as there. In Python:
`table.replace_schema_metadata({"id": "ecg-20", "sampling_frequency": "500"})`, then `pyarrow.ipc.new_stream`.

Taken as well: columns in any order, large and view types of text, large lists and lists of one length, other types of
numbers (a sample is whole and fits 32 bits in any), several record batches. Not taken: other columns, nulls in `name`
and `signal`, dictionaries, compressed record batches. Broken rules are told by the pointers of the JSON, those of a
whole column by `/leads`; a 400 has no `offset`.
"""
_UNTOLD = """
Any of these, told by its first bytes: as what is sent without a `Content-Type`, too.
"""
BODY = openapi.body(
    document.Upload,
    UPLOAD,
    binary={
        ARROW: _ARROW,
        **{name: one.about for one in FILES if one.about for name in one.content_types},
        UNTOLD: _UNTOLD,
    },
)
_ECG_URL = "http://127.0.0.1:8002/v1/ecgs/ecg-20"
_ACCEPTED = {
    "id": "ecg-20",
    "content_hash": "e788b8c36df657107a1818d30c8cbfa372ea6306edc4c2990fc38ce456ad303d",
    "accepted_at": "2025-11-23T08:30:04.217035Z",
    "status": "accepted",
    "links": {"self": _ECG_URL, "insights": f"{_ECG_URL}/insights", "status": f"{_ECG_URL}/status"},
}

_LIMITS = {
    "body_bytes": 33_554_432,
    "leads": 1_024,
    "samples_per_lead": 4_000_000,
    "name_characters": 64,
    "units_characters": 32,
    "segments": 256,
    "bytes_per_day": 17_179_869_184,
}
_UNAUTHENTICATED = UnauthenticatedError("the token has expired")
_FORBIDDEN = ForbiddenError("this needs the scope ecgs:write, which a token of role admin lacks")
_TOO_MANY = TooManyRequestsError("this user has sent more requests than are taken", retry_after=1)
_UNAVAILABLE = UnavailableError("kafka does not answer; sending the same again is safe", retry_after=1)

LIMITS_ANSWERS = openapi.answer(
    200, LimitsAnswer, "The most that is taken of each.", _LIMITS
) | openapi.problems(
    _UNAUTHENTICATED,
    _FORBIDDEN,
    InvalidError([RuleError("has unknown query parameters; none is taken here")]),
    _TOO_MANY,
    _UNAVAILABLE,
)
ANSWERS = openapi.answer(
    202,
    UploadAnswer,
    "Kafka has all of it on all in-sync replicas.",
    _ACCEPTED,
    headers={"Location": "Where its insights will be, with a receipt: until then the answer there is 202."},
) | openapi.problems(
    MalformedError("the body stops being JSON here", offset=117),
    _UNAUTHENTICATED,
    _FORBIDDEN,
    BodyTimeoutError("the body came at less than 1000 bytes a second, or was not there after 3600 seconds"),
    TooLargeError("at most 33554432 bytes are taken"),
    UnsupportedMediaError(SPOKEN),
    InvalidError(
        [
            RuleError("must be more than 0", pointer="/sampling_frequency"),
            RuleError("must be an integer from -2147483648 to 2147483647", pointer="/leads/0/signal/3"),
        ]
    ),
    _TOO_MANY,
    TooManyRequestsError("this user has sent as many bytes as are taken in a day", retry_after=5_400),
    _UNAVAILABLE,
)
