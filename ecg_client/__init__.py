"""The Python client of the two APIs: `EcgClient`, and `AsyncEcgClient` for asyncio; `ecg_client.command` is `ecg`.

    with EcgClient() as ecg:
        ecg.sign_in("ann@example.com", password)
        sent = ecg.upload({"leads": [{"name": "II", "signal": [12, -3, 5]}]})
        print(ecg.insights(sent.id, wait_seconds=10, receipt=sent.receipt))

Every call asks again by the documented rules until it succeeds or its time is over, and raises an EcgError.
"""

from ecg_client.clients import AsyncEcgClient, EcgClient
from ecg_client.errors import (
    ConflictError,
    EcgError,
    ForbiddenError,
    NoAnswerError,
    NotFoundError,
    ProblemError,
    RecordingError,
    RejectedError,
    ServerError,
    TooLargeError,
    TooManyRequestsError,
    UnauthenticatedError,
    UnexpectedAnswerError,
)
from ecg_client.recording import Lead, Recording
from ecg_client.results import (
    Accepted,
    Conflict,
    EcgSummary,
    Insight,
    Insights,
    InvitedUser,
    LeadValue,
    PairedDevice,
    Status,
    Token,
    UploadStatus,
    User,
)
from ecg_client.retries import RetryPolicy

__all__ = [
    "Accepted",
    "AsyncEcgClient",
    "Conflict",
    "ConflictError",
    "EcgClient",
    "EcgError",
    "EcgSummary",
    "ForbiddenError",
    "Insight",
    "Insights",
    "InvitedUser",
    "Lead",
    "LeadValue",
    "NoAnswerError",
    "NotFoundError",
    "PairedDevice",
    "ProblemError",
    "Recording",
    "RecordingError",
    "RejectedError",
    "RetryPolicy",
    "ServerError",
    "Status",
    "Token",
    "TooLargeError",
    "TooManyRequestsError",
    "UnauthenticatedError",
    "UnexpectedAnswerError",
    "UploadStatus",
    "User",
]
