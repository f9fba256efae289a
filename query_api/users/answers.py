"""What the routes about users answer, and the problems that they have in common."""

from uuid import UUID

import msgspec

from query_api.users.store import User
from schemas.claims import Role
from schemas.problems import (
    BodyTimeoutError,
    ForbiddenError,
    MalformedError,
    TooLargeError,
    TooManyRequestsError,
    UnauthenticatedError,
    UnavailableError,
    UnsupportedMediaError,
)
from schemas.times import format_rfc3339

# Two passwords of the longest, each character escaped as two halves (12 bytes), and their names.
MAX_BODY_BYTES = 32_768
USER_PATH = "/v1/users/{user_id:uuid}"


class UserAnswer(msgspec.Struct, frozen=True):
    """A user. `active`: whether they may sign in."""

    id: UUID
    email: str
    role: Role
    created_at: str
    active: bool


class InvitedUser(msgspec.Struct, frozen=True):
    """A user, with the invitation that they trade for a password of their own, once, until it ends."""

    id: UUID
    email: str
    role: Role
    invitation: str
    invitation_expires_at: str


ANN = {"id": "6f9619ff-8b86-4d01-b42d-00cf4fc964ff", "email": "ann@example.com", "role": "client"}
ANN_SEEN = ANN | {"created_at": "2025-11-23T08:30:00.123456Z", "active": True}
INVITATION = "b5YZ_4uGTQG0LQDPT8lk_7qUPWGhmFvZg4yuHqGxYWE3d0dA"
ANN_INVITED = ANN | {"invitation": INVITATION, "invitation_expires_at": "2025-11-26T08:30:00.123456Z"}
TOKEN_PROBLEMS = (
    UnauthenticatedError("the token has expired"),
    ForbiddenError("this needs the scope users:read, which a token of role client lacks"),
    UnavailableError("cassandra does not answer; sending the same again is safe", retry_after=1),
    TooManyRequestsError("this user has sent more requests than are taken", retry_after=1),
)
BODY_PROBLEMS = (
    MalformedError("not JSON", offset=0),
    BodyTimeoutError("the body came at less than 1000 bytes a second, or was not there after 3600 seconds"),
    TooLargeError(f"at most {MAX_BODY_BYTES} bytes are taken"),
    UnsupportedMediaError("send Content-Type: application/json"),
)


def seen(user: User) -> UserAnswer:
    """A user as they are told."""
    return UserAnswer(user.id, user.email, user.role, format_rfc3339(user.created_at), user.active)


def invited(user: User, invitation: str, until: int) -> InvitedUser:
    """A user, and their invitation until then (µs since the epoch)."""
    return InvitedUser(user.id, user.email, user.role, invitation, format_rfc3339(until))
