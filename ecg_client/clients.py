"""The two clients: the same calls, carried out by blocking or by asyncio. What they do is in `ecg_client.flows`."""

import asyncio
import inspect
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import datetime
from types import TracebackType
from typing import Any, ClassVar, Generic, Self, TypeVar, cast
from uuid import UUID

import httpx

from ecg_client import network
from ecg_client.attempts import Flow, Renewal, Retrying, Trying
from ecg_client.exchange import Outcome, Progress, Request
from ecg_client.flows import Core
from ecg_client.recording import Uploadable
from ecg_client.results import Accepted, EcgSummary, Insights, InvitedUser, PairedDevice, Status, Token, User
from ecg_client.retries import RetryPolicy

T = TypeVar("T")

INGEST_URL = "http://127.0.0.1:8001"
QUERY_URL = "http://127.0.0.1:8002"
# As many as the query API gives at once.
PAGE_SIZE = 200

# Gives another token when the one that is held is refused; AsyncEcgClient also awaits what it gives.
Renew = Callable[[], str | Awaitable[str]]


H = TypeVar("H", httpx.Client, httpx.AsyncClient)


class _Client(Generic[H]):
    """What both clients know."""

    _open: ClassVar[Callable[..., Any]]
    _lock: ClassVar[type[Any]]

    def __init__(
        self,
        ingest_url: str = INGEST_URL,
        query_url: str = QUERY_URL,
        *,
        token: str | None = None,
        renew: Renew | None = None,
        retry: RetryPolicy | None = None,
        retrying: Retrying | None = None,
    ) -> None:
        """Connects at the first call. Raises ValueError for an address or a token that can be none.

        When the token is refused, as one is that has expired, the call goes on with another and fails if that is
        refused as well: with the one that `renew` gives, which is called by one thread at a time and whose errors are
        the call's; without it, after a sign-in, with the next of the session.
        `retrying` is told before each pause what came instead of a result, and how many seconds it will take.
        Proxies that the environment names are used, except for this machine itself.
        """
        trying = Trying(RetryPolicy() if retry is None else retry, retrying)
        self._core = Core(ingest_url, query_url, token, trying, renews=renew is not None)
        self._renew = renew
        self._renewing = self._lock()
        self._http: H = self._open(verify=network.trust(), mounts=network.DIRECT)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._core.ingest_url!r}, {self._core.query_url!r})"


class EcgClient(_Client[httpx.Client]):
    """The client that blocks. Threads may share it. Use it in a `with` block, or `close` it."""

    _open = httpx.Client
    # A lock; that of this module is no class.
    _lock = threading.Semaphore

    def sign_in(self, email: str, password: str) -> Token:
        """Sign in; the calls that follow carry the token, and the next one when it has ended. No password is kept."""
        return self._run(self._core.sign_in(email, password))

    def refresh(self, refresh_token: str) -> Token:
        """Go on with a session by its refresh token, which is good once; the calls that follow do as after a sign-in.

        Raises UnauthenticatedError where the session has ended, as it does when a refresh token is used that was traded
        more than half a minute before.
        """
        return self._run(self._core.refresh(refresh_token))

    def sign_out(self, token: str | None = None) -> None:
        """End the session of a token of either kind; without one, that of this client."""
        self._run(self._core.sign_out(token))

    def pair(self, code: str) -> PairedDevice:
        """Trade a code that a user made for a device's token, which the calls that follow carry.

        It sends ECGs, and asks for the `status` of what the device sent. A code is taken once.
        """
        return self._run(self._core.pair(code))

    def upload(
        self, ecg: Uploadable, *, idempotency_key: str | None = None, sent: Progress | None = None
    ) -> Accepted:
        """Send an ECG; returns once it is kept.

        Sent again, it is the same ECG: by its id, else by `idempotency_key`, else by its content. `sent` is told
        how many bytes are out and how many there are, from 0 again at each attempt.
        Raises RecordingError before anything is sent, and TooLargeError: a body of more than a mebibyte is asked
        about first.
        """
        return self._run(self._core.upload(ecg, idempotency_key=idempotency_key, sent=sent))

    def insights(self, ecg_id: str, *, wait_seconds: float = 0, receipt: str | None = None) -> Insights:
        """The insights of an ECG, as soon as they are there but after `wait_seconds` at the latest.

        With the `receipt` of its upload an ECG that is not there yet has the status "accepted"; without, it is a
        NotFoundError, as somebody else's is. With it, `upload` tells whether this upload is the answer, or another
        content that was sent under its id.
        """
        return self._run(self._core.insights(ecg_id, wait_seconds=wait_seconds, receipt=receipt))

    def status(self, ecg_id: str, *, wait_seconds: float = 0, receipt: str | None = None) -> Status:
        """How far an ECG has come, and why it was rejected if it was; with a `receipt`, the same of its upload.

        Waits as `insights` does.
        """
        return self._run(self._core.status(ecg_id, wait_seconds=wait_seconds, receipt=receipt))

    def ecgs(
        self,
        *,
        since: datetime | None = None,
        before: datetime | None = None,
        received_after: datetime | None = None,
        page_size: int = PAGE_SIZE,
    ) -> Iterator[EcgSummary]:
        """All of one's own ECGs recorded from `since` until `before`, newest first, fetched a page at a time.

        With `received_after` (and neither of the two) those that arrived later, earliest first. Give the largest
        `received_at` of a visit to the next one and none is missed; one that is known may be there again. Raises
        ValueError for an instant without a time zone.
        """
        path: str | None = self._core.ecgs_path(
            since=since, before=before, received_after=received_after, page_size=page_size
        )
        while path is not None:
            page = self._run(self._core.ecgs_page(path))
            yield from page.items
            path = page.next

    def me(self) -> User:
        """Whose token this is."""
        return self._run(self._core.me())

    def users(self, *, page_size: int = PAGE_SIZE) -> Iterator[User]:
        """Every user, in no order that means anything. For an admin."""
        path: str | None = self._core.users_path(page_size=page_size)
        while path is not None:
            page = self._run(self._core.users_page(path))
            yield from page.items
            path = page.next

    def create_user(self, email: str, role: str = "client") -> InvitedUser:
        """Register a user; the invitation in the answer is told this once. For an admin.

        A ConflictError after a broken connection may mean that they were registered: invite them anew.
        """
        return self._run(self._core.create_user(email, role))

    def invite_user(self, user_id: UUID) -> InvitedUser:
        """Another invitation for a user, as for a forgotten password; the one of before ends. For an admin."""
        return self._run(self._core.invite_user(user_id))

    def redeem_invitation(self, invitation: str, password: str) -> User:
        """Trade an invitation for a password of one's own: at least 12 characters. Neither is kept."""
        return self._run(self._core.redeem_invitation(invitation, password))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.close()

    def _run(self, flow: Flow[T]) -> T:
        outcome: Outcome | str | None = None
        while True:
            try:
                step = flow.send(outcome)
            except StopIteration as done:
                result: T = done.value
                return result
            outcome = None
            if isinstance(step, Request):
                outcome = self._send(step)
            elif isinstance(step, Renewal):
                outcome = self._renewed(step.refused)
            else:
                time.sleep(step.seconds)

    def _renewed(self, refused: str | None) -> str:
        with self._renewing:
            core = self._core
            # Another thread may have been quicker: a refresh token is good once.
            if core.token is not None and core.token != refused:
                return core.token
            if self._renew is not None:
                return cast("str", self._renew())
            if core.refresh_token is None:
                return refused or ""
            return self._run(core.refresh(core.refresh_token)).access_token

    def _send(self, request: Request) -> Outcome:
        try:
            return network.answer(self._http.send(network.build(self._http, request)))
        except httpx.RequestError as error:
            return network.no_answer(error)


class AsyncEcgClient(_Client[httpx.AsyncClient]):
    """The client for asyncio; every call as `EcgClient` has it. Use it in an `async with` block, or `close` it."""

    _open = httpx.AsyncClient
    _lock = asyncio.Lock

    async def sign_in(self, email: str, password: str) -> Token:
        """Sign in; the calls that follow carry the token, and the next one when it has ended."""
        return await self._run(self._core.sign_in(email, password))

    async def refresh(self, refresh_token: str) -> Token:
        """Go on with a session by its refresh token, which is good once."""
        return await self._run(self._core.refresh(refresh_token))

    async def sign_out(self, token: str | None = None) -> None:
        """End the session of a token of either kind; without one, that of this client."""
        await self._run(self._core.sign_out(token))

    async def pair(self, code: str) -> PairedDevice:
        """Trade a code that a user made for a device's token, which the calls that follow carry."""
        return await self._run(self._core.pair(code))

    async def upload(
        self, ecg: Uploadable, *, idempotency_key: str | None = None, sent: Progress | None = None
    ) -> Accepted:
        """Send an ECG; returns once it is kept."""
        return await self._run(self._core.upload(ecg, idempotency_key=idempotency_key, sent=sent))

    async def insights(self, ecg_id: str, *, wait_seconds: float = 0, receipt: str | None = None) -> Insights:
        """The insights of an ECG, as soon as they are there but after `wait_seconds` at the latest."""
        return await self._run(self._core.insights(ecg_id, wait_seconds=wait_seconds, receipt=receipt))

    async def status(self, ecg_id: str, *, wait_seconds: float = 0, receipt: str | None = None) -> Status:
        """How far an ECG has come, and why it was rejected if it was."""
        return await self._run(self._core.status(ecg_id, wait_seconds=wait_seconds, receipt=receipt))

    async def ecgs(
        self,
        *,
        since: datetime | None = None,
        before: datetime | None = None,
        received_after: datetime | None = None,
        page_size: int = PAGE_SIZE,
    ) -> AsyncIterator[EcgSummary]:
        """All of one's own ECGs recorded from `since` until `before`, or that arrived after an instant."""
        path: str | None = self._core.ecgs_path(
            since=since, before=before, received_after=received_after, page_size=page_size
        )
        while path is not None:
            page = await self._run(self._core.ecgs_page(path))
            for item in page.items:
                yield item
            path = page.next

    async def me(self) -> User:
        """Whose token this is."""
        return await self._run(self._core.me())

    async def users(self, *, page_size: int = PAGE_SIZE) -> AsyncIterator[User]:
        """Every user. For an admin."""
        path: str | None = self._core.users_path(page_size=page_size)
        while path is not None:
            page = await self._run(self._core.users_page(path))
            for item in page.items:
                yield item
            path = page.next

    async def create_user(self, email: str, role: str = "client") -> InvitedUser:
        """Register a user; the invitation in the answer is told this once. For an admin."""
        return await self._run(self._core.create_user(email, role))

    async def invite_user(self, user_id: UUID) -> InvitedUser:
        """Another invitation for a user, as for a forgotten password; the one of before ends. For an admin."""
        return await self._run(self._core.invite_user(user_id))

    async def redeem_invitation(self, invitation: str, password: str) -> User:
        """Trade an invitation for a password of one's own: at least 12 characters. Neither is kept."""
        return await self._run(self._core.redeem_invitation(invitation, password))

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.close()

    async def _run(self, flow: Flow[T]) -> T:
        outcome: Outcome | str | None = None
        while True:
            try:
                step = flow.send(outcome)
            except StopIteration as done:
                result: T = done.value
                return result
            outcome = None
            if isinstance(step, Request):
                outcome = await self._send(step)
            elif isinstance(step, Renewal):
                outcome = await self._renewed(step.refused)
            else:
                await asyncio.sleep(step.seconds)

    async def _renewed(self, refused: str | None) -> str:
        async with self._renewing:
            core = self._core
            if core.token is not None and core.token != refused:
                return core.token
            if self._renew is not None:
                renewed = self._renew()
                return await renewed if inspect.isawaitable(renewed) else renewed
            if core.refresh_token is None:
                return refused or ""
            return (await self._run(core.refresh(core.refresh_token))).access_token

    async def _send(self, request: Request) -> Outcome:
        try:
            return network.answer(await self._http.send(network.build(self._http, request)))
        except httpx.RequestError as error:
            return network.no_answer(error)
