"""What each call does, step by step, without a network: the core that both clients share.

Each call is a flow (see `ecg_client.attempts`), whose steps a client only carries out, each in its own way.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import UUID

import msgspec

from ecg_client.attempts import Flow, Pause, Renewal, Trying
from ecg_client.encoding import JSON, encode
from ecg_client.errors import RecordingError, TooLargeError, UnauthenticatedError, UnexpectedAnswerError
from ecg_client.exchange import Answer, Progress, Request
from ecg_client.recording import Uploadable
from ecg_client.results import (
    Accepted,
    EcgSummary,
    Insights,
    InvitedUser,
    Limits,
    Page,
    PairedDevice,
    Status,
    Token,
    User,
)
from schemas import problems
from schemas.ids import is_ecg_id
from schemas.times import format_rfc3339, to_micros

T = TypeVar("T")

# How long one wait on the network may take: a body may stand still for 10 s, Kafka's word takes 10 s, and a service
# that has much to do its time.
UPLOAD_TIMEOUT_SECONDS = 45.0
TIMEOUT_SECONDS = 20.0
# What the query API grants to one request; a longer wait is several of them.
LONGEST_WAIT_SECONDS = 30
# Between two of them where the service names no pause: a query costs it some milliseconds.
SHORTEST_POLL_SECONDS = 0.2
_FORM = "application/x-www-form-urlencoded"
_ECGS, _LIMITS, _USERS, _PAIR = "/v1/ecgs", "/v1/limits", "/v1/users", "/v1/devices/pair"
_TOKEN, _REVOKE = "/v1/token", "/v1/revoke"
# A refresh token is answered again with the same next one for 30 s: a lost answer has to be asked for before.
_REFRESH_TIMEOUT_SECONDS = 10.0
# A larger body is asked about before it goes out: a refusal (its size, the token) then costs one short answer and
# not the body. Below, the body is hardly more than the question.
ASKED_FIRST_BYTES = 1_048_576


@dataclass(slots=True)
class Core:
    """The calls. Knows where the services are and, once signed in or paired, the token.

    `renews`: whether another may be asked for elsewhere when that one holds no longer. `refresh_token`: what is traded
    for the next one, after a sign-in.
    """

    ingest_url: str
    query_url: str
    token: str | None = field(default=None, repr=False)
    trying: Trying = field(default_factory=Trying)
    renews: bool = False
    refresh_token: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Raises ValueError for an address or a token that can be none."""
        self.ingest_url = _base("ingest_url", self.ingest_url)
        self.query_url = _base("query_url", self.query_url)
        if self.token is not None:
            self.token = _visible(self.token)

    def sign_in(self, email: str, password: str) -> Flow[Token]:
        """A token, kept for the calls that follow. The password is not kept."""
        return (yield from self._token(self._form(_TOKEN, username=email, password=password)))

    def refresh(self, refresh_token: str) -> Flow[Token]:
        """The next token of a session, kept as that of a sign-in is."""
        request = self._form(_TOKEN, grant_type="refresh_token", refresh_token=refresh_token)
        return (yield from self._token(replace(request, timeout_seconds=_REFRESH_TIMEOUT_SECONDS)))

    def sign_out(self, token: str | None) -> Flow[None]:
        """End the session of this token, else of what is kept here, which is forgotten."""
        token = token or self.refresh_token or self.token
        if token is not None:
            yield from self.trying.until(self._form(_REVOKE, token=token), 204)
        self.token = self.refresh_token = None

    def _token(self, request: Request) -> Flow[Token]:
        token = _decoded(Token, (yield from self.trying.until(request, 200)))
        self._hold(token.access_token)
        self.refresh_token = token.refresh_token
        return token

    def _form(self, path: str, **fields: str) -> Request:
        return Request("POST", f"{self.query_url}{path}", {"content-type": _FORM}, urlencode(fields).encode())

    def pair(self, code: str) -> Flow[PairedDevice]:
        """A device and its token, kept for the calls that follow, for a code that its user made."""
        body = msgspec.json.encode({"code": code})
        request = Request("POST", f"{self.query_url}{_PAIR}", {"content-type": JSON}, body)
        device = _decoded(PairedDevice, (yield from self.trying.until(request, 201)))
        self._hold(device.token)
        self.refresh_token = None
        return device

    def _hold(self, token: str) -> None:
        try:
            self.token = _visible(token)
        except ValueError:
            raise UnexpectedAnswerError("what was answered is no token") from None

    def upload(
        self, ecg: Uploadable, *, idempotency_key: str | None = None, sent: Progress | None = None
    ) -> Flow[Accepted]:
        """Send an ECG. Its id makes every attempt the same ECG, else the key, else its content."""
        body = encode(ecg)
        if len(body.content) > ASKED_FIRST_BYTES:
            yield from self._may_send(len(body.content))
        headers = {"content-type": body.media_type}
        if idempotency_key is not None:
            headers["idempotency-key"] = f'"{_visible(idempotency_key)}"'
        request = Request(
            "POST",
            f"{self.ingest_url}{_ECGS}",
            headers,
            body.content,
            UPLOAD_TIMEOUT_SECONDS,
            sent,
        )
        answer = yield from self._asked(request, 202)
        accepted = _decoded(_Accepted, answer)
        location = answer.headers.get("location", "")
        receipt = parse_qs(urlsplit(location).query).get("receipt", [None])[0]
        first = None if accepted.conflict is None else accepted.conflict.content_hash
        return Accepted(accepted.id, accepted.content_hash, accepted.accepted_at, location, receipt, first)

    def _may_send(self, size: int) -> Flow[None]:
        """Raise what a body of `size` bytes would be answered, where that is known without it."""
        request = Request("GET", f"{self.ingest_url}{_LIMITS}")
        # 404: a service that does not tell.
        answer = yield from self._asked(request, 200, 404)
        if answer.status == 200 and size > (most := _decoded(Limits, answer).body_bytes):
            problem = problems.TooLargeError
            raise TooLargeError(
                problem.status,
                type=problem.type_uri(),
                title=problem.title,
                detail=f"it has {size:,} bytes, and at most {most:,} are taken; nothing was sent",
            )

    def insights(self, ecg_id: str, *, wait_seconds: float = 0, receipt: str | None = None) -> Flow[Insights]:
        """The insights as soon as they are there, or as things stand after `wait_seconds`."""
        return (yield from self._awaited(Insights, ecg_id, "/insights", wait_seconds, receipt))

    def status(self, ecg_id: str, *, wait_seconds: float = 0, receipt: str | None = None) -> Flow[Status]:
        """How far an ECG has come, in the same way."""
        return (yield from self._awaited(Status, ecg_id, "/status", wait_seconds, receipt))

    def _awaited(
        self, kind: type[T], ecg_id: str, rest: str, wait_seconds: float, receipt: str | None
    ) -> Flow[T]:
        ends = self.trying.clock() + wait_seconds
        url = self._ecg_url(ecg_id, rest, receipt)
        while True:
            left = max(0.0, ends - self.trying.clock())
            asked = min(int(left), LONGEST_WAIT_SECONDS)
            headers = {"prefer": f"wait={asked}"} if asked else {}
            request = Request("GET", url, headers, timeout_seconds=TIMEOUT_SECONDS + asked)
            # Without a receipt "not yet" looks like "never", as long as another request may be waited with.
            missing = (404,) if receipt is None and left > LONGEST_WAIT_SECONDS else ()
            answer = yield from self._asked(request, 200, 202, *missing)
            left = max(0.0, ends - self.trying.clock())
            if answer.status == 200 or (answer.status == 202 and not left):
                return _decoded(kind, answer)
            pause = max(self.trying.retry_after(answer) or 0.0, SHORTEST_POLL_SECONDS)
            yield Pause(min(pause, left))

    def ecgs_path(
        self,
        *,
        since: datetime | None,
        before: datetime | None,
        received_after: datetime | None,
        page_size: int,
    ) -> str:
        """Where the list of ECGs begins."""
        given = {
            "limit": str(page_size),
            "from": _instant(since),
            "to": _instant(before),
            "received_after": _instant(received_after),
        }
        return f"{_ECGS}?{urlencode({name: text for name, text in given.items() if text is not None})}"

    def users_path(self, *, page_size: int) -> str:
        """Where the list of users begins."""
        return f"{_USERS}?{urlencode({'limit': page_size})}"

    def ecgs_page(self, path: str) -> Flow[Page[EcgSummary]]:
        """One page of ECGs."""
        return (yield from self._page(Page[EcgSummary], path))

    def users_page(self, path: str) -> Flow[Page[User]]:
        """One page of users."""
        return (yield from self._page(Page[User], path))

    def me(self) -> Flow[User]:
        """Whose token this is."""
        request = Request("GET", f"{self.query_url}{_USERS}/me")
        return _decoded(User, (yield from self._asked(request, 200)))

    def create_user(self, email: str, role: str) -> Flow[InvitedUser]:
        """Register a user."""
        body = msgspec.json.encode({"email": email, "role": role})
        request = Request("POST", f"{self.query_url}{_USERS}", {"content-type": JSON}, body)
        return _decoded(InvitedUser, (yield from self._asked(request, 201)))

    def invite_user(self, user_id: UUID) -> Flow[InvitedUser]:
        """Another invitation for a user."""
        request = Request("POST", f"{self.query_url}{_USERS}/{user_id}/invitations")
        return _decoded(InvitedUser, (yield from self._asked(request, 201)))

    def redeem_invitation(self, invitation: str, password: str) -> Flow[User]:
        """Trade an invitation for a password."""
        body = msgspec.json.encode({"invitation": invitation, "password": password})
        url = f"{self.query_url}/v1/invitations/redeem"
        request = Request("POST", url, {"content-type": JSON}, body)
        return _decoded(User, (yield from self.trying.until(request, 200)))

    def _page(self, kind: type[Page[T]], path: str) -> Flow[Page[T]]:
        request = Request("GET", f"{self.query_url}{path}")
        page = _decoded(kind, (yield from self._asked(request, 200)))
        # The token goes with it: only ever to a path of the same service.
        if page.next is not None and not page.next.startswith("/"):
            raise UnexpectedAnswerError("the list goes on at an address that is no path")
        return page

    def _asked(self, request: Request, *statuses: int) -> Flow[Answer]:
        """The answer to a request with the token; with another one, if there is one, where this one does not hold."""
        sent = self.token
        try:
            return (yield from self.trying.until(_authorized(request, sent), *statuses))
        except UnauthenticatedError:
            if not self.renews and self.refresh_token is None:
                raise
            renewed = yield Renewal(sent)
            assert isinstance(renewed, str)
            if renewed == sent:
                raise
            self.token = _visible(renewed)
        return (yield from self.trying.until(_authorized(request, renewed), *statuses))

    def _ecg_url(self, ecg_id: str, rest: str, receipt: str | None) -> str:
        query = "" if receipt is None else f"?{urlencode({'receipt': receipt})}"
        if not is_ecg_id(ecg_id):
            raise RecordingError(
                "that is no ECG id: a letter or digit, then up to 127 of letters, digits and ._:-"
            )
        return f"{self.query_url}{_ECGS}/{ecg_id}{rest}{query}"


class _First(msgspec.Struct, frozen=True):
    content_hash: str


class _Accepted(msgspec.Struct, frozen=True):
    id: str
    content_hash: str
    accepted_at: datetime
    conflict: _First | None = None


def _authorized(request: Request, token: str | None) -> Request:
    given = {} if token is None else {"authorization": f"Bearer {token}"}
    return replace(request, headers={**request.headers, **given})


def _decoded(kind: type[T], answer: Answer) -> T:
    try:
        return msgspec.json.decode(answer.content, type=kind)
    except msgspec.MsgspecError:
        raise UnexpectedAnswerError("the answer is not of the documented shape") from None


def _base(name: str, url: str) -> str:
    parts: Any = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"{name} is not an address like https://ecg.example.com")
    return url.rstrip("/")


def _visible(text: str) -> str:
    # Checked here, for the network library would quote it in its error.
    if not text or not text.isascii() or not text.isprintable() or '"' in text or " " in text:
        raise ValueError("a token or key is visible ASCII characters without quotes")
    return text


def _instant(instant: datetime | None) -> str | None:
    if instant is None:
        return None
    if instant.utcoffset() is None:
        raise ValueError("a time zone is missing")
    return format_rfc3339(to_micros(instant))
