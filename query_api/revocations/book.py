"""Revokes devices, sessions and the tokens of users: in Cassandra first, here at once, then at every ingest API.

In the background all that Cassandra has and the topic lacks is published, for as long as it takes: after an outage,
after a kill between the two, after the topic was lost, and where somebody wrote over it without the root of trust. What
other copies of this service revoke is read from both.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from query_api import metrics
from query_api.revocations.records import decoded, is_newer, to_write
from query_api.revocations.store import RevocationStore
from query_api.settings import Settings
from schemas.claims import MAX_TOKEN_SECONDS
from schemas.cloudevents import Record
from schemas.identity import DeviceRevocation, DeviceRevoked, Revocation, SessionEnd, SessionEnded
from schemas.identity.revocations import is_over, revocation_key
from schemas.topics import IDENTITY
from service_kit import logs, tasks
from service_kit.callers.revocations import Revocations
from service_kit.callers.root_of_trust import believing, sealed
from service_kit.engines.errors import EngineAwayError
from service_kit.engines.kafka.compacted_topic import CompactedTopic, Latest
from service_kit.engines.kafka.publisher import Publisher
from service_kit.log_limits import LogLimit

_log = logging.getLogger(__name__)

_PUBLISH_SECONDS = 10.0
_LOOK_SECONDS = 2.0
# All is read at the start, when the topic was begun anew, and so often: a look that missed something ends with this.
_ALL_SECONDS = 600.0
# What is revoked holds everywhere within this; what waits for longer is told.
_LATE_SECONDS = 5.0
# Longer than clocks of hosts differ, beyond the end of whatever could be good.
_MARGIN_SECONDS = 24 * 60 * 60
_RECORDS_AT_ONCE = 500
# Another root, or somebody without any, may write over a record again and again: the log must not fill by mending it.
_MEND_SECONDS = 10.0


class RevocationBook:
    """Whose tokens hold no longer. What it is told holds once the call returns here, and within seconds elsewhere.

    Each of its calls raises EngineAwayError where Cassandra did not confirm; to call again is safe.
    """

    def __init__(self, settings: Settings, store: RevocationStore, revocations: Revocations) -> None:
        self._store = store
        self._revocations = revocations
        revocations.complete = False
        self._publisher = Publisher(settings, timeout_seconds=_PUBLISH_SECONDS)
        self._topic = CompactedTopic(settings, IDENTITY.name, self._came)
        self._kept: dict[str, Revocation] = {}
        self._looked_at = 0
        self._read_all_at: float | None = None
        self._unpublished_since: float | None = None
        self._mended_at = float("-inf")
        self._is_news = True
        self._woken = asyncio.Event()
        self._told = LogLimit()
        self._task: asyncio.Task[None] | None = None

    async def open(self, root: Ed25519PrivateKey) -> None:
        """Begin to read what is known, and to keep all in line; returns at once. `root`: what it has not signed on the
        topic is not believed.
        """
        await self._publisher.open()
        await self._topic.open(believing([root.public_key()]))
        self._task = asyncio.create_task(self._keep(partial(sealed, root)))

    async def close(self) -> None:
        """Leave all as it is, and disconnect."""
        await tasks.end(self._task)
        await self._topic.close()
        await self._publisher.close()

    async def revoke_device(self, device_id: UUID, *, expires_at: int) -> None:
        """End every token of a device, of which the last expires at this instant, in seconds since the epoch."""
        until = expires_at + _MARGIN_SECONDS
        await self._put(DeviceRevoked(device_id, DeviceRevocation(until)), until)

    async def end_session(self, session_id: UUID) -> None:
        """End every access token of a session."""
        until = int(time.time()) + MAX_TOKEN_SECONDS["access"] + _MARGIN_SECONDS
        await self._put(SessionEnded(session_id, SessionEnd(until)), until)

    async def change_user(
        self, user_id: UUID, *, active: bool | None = None, tokens_from: float | None = None
    ) -> None:
        """Say whether any token of a user holds, devices' included, and from when on access tokens must have been
        issued, in seconds since the epoch; None leaves the one as it is.
        """
        self._hold(await self._store.change_user(user_id, active=active, tokens_from=tokens_from))
        self._woken.set()

    async def is_read(self) -> bool:
        """Whether all that Cassandra has was read once, so that what is revoked is known."""
        return self._revocations.complete

    async def is_published(self) -> bool:
        """Whether Kafka has all of it, but for what is seconds old."""
        since = self._unpublished_since
        return since is None or time.monotonic() - since < _LATE_SECONDS

    async def _put(self, revocation: Revocation, until: int) -> None:
        await self._store.put(revocation, life_seconds=max(1, until - int(time.time())))
        self._hold(revocation)
        self._woken.set()

    def _hold(self, revocation: Revocation) -> None:
        """Take note of what Cassandra has."""
        self._revocations.learn(revocation)
        name = revocation_key(revocation)
        if is_newer(revocation, self._kept.get(name)):
            self._kept[name] = revocation
            self._is_news = True

    def _came(self, came: Sequence[Latest]) -> None:
        if not came:
            self._read_all_at = None
        for latest in came or self._topic.records.values():
            told = decoded(latest)
            if told is not None:
                self._revocations.learn(told)
        self._is_news = True
        self._woken.set()

    async def _keep(self, seal: Callable[[Record], Record]) -> None:
        while True:
            self._woken.clear()
            # Whatever the one lacks, the other goes on.
            for step in (self._read, partial(self._publish, seal)):
                try:
                    await step()
                except EngineAwayError as error:
                    _log.warning("revocations wait for an engine", extra={"engine": error.engine})
                except Exception as error:  # noqa: BLE001 - what is revoked must be: never give up
                    logs.unforeseen(_log, error)
            self._tell()
            # Not wait_for, which may take being told to end for the end of its wait.
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_SECONDS):
                    await self._woken.wait()

    async def _read(self) -> None:
        """Learn what others have kept since the last look; at first, and at times, all there is."""
        now, began = time.time_ns() // 1000, time.monotonic()
        if self._read_all_at is None or began - self._read_all_at > _ALL_SECONDS:
            found = await self._store.all()
            self._read_all_at = began
            self._kept = {name: one for name, one in self._kept.items() if not is_over(one, time.time())}
            self._is_news = True
        else:
            found = await self._store.since(self._looked_at)
        self._looked_at = now
        for revocation in found:
            self._hold(revocation)
        self._revocations.complete = True

    async def _publish(self, seal: Callable[[Record], Record]) -> None:
        """Write to the topic what it lacks, and withdraw from it what is over."""
        hidden = self._hidden()
        if not ((self._is_news or hidden) and self._topic.read_to_end):
            return
        due, over = to_write(self._kept, self._topic.records, hidden, now=time.time_ns() // 1000)
        metrics.REVOCATIONS_UNPUBLISHED.set(len(due))
        if due:
            self._unpublished_since = self._unpublished_since or time.monotonic()
        if not self._topic.current:
            return
        records = [seal(record) for record in due + over]
        # Before anything is waited for: what is revoked meanwhile is news again.
        self._is_news = False
        try:
            for first in range(0, len(records), _RECORDS_AT_ONCE):
                await self._publisher.publish(
                    IDENTITY.name, records[first : first + _RECORDS_AT_ONCE], partition=0
                )
        except BaseException:
            self._is_news = True
            raise
        if records:
            _log.info("revocations are published", extra={"published": len(due), "over": len(over)})
        if hidden:
            self._mended_at = time.monotonic()
        metrics.REVOCATIONS_UNPUBLISHED.set(0)
        self._unpublished_since = None

    def _hidden(self) -> set[str]:
        """The names of records that are to be written once more, as somebody wrote over them."""
        overwritten = self._topic.overwritten
        if not overwritten or time.monotonic() - self._mended_at < _MEND_SECONDS:
            return set()
        return {name for name in self._kept if name.encode() in overwritten}

    def _tell(self) -> None:
        since = self._unpublished_since
        if since is not None and time.monotonic() - since > _LATE_SECONDS and self._told.count("late"):
            _log.error(
                "what was revoked is not published: ingest APIs go on believing it",
                extra={"seconds": round(time.monotonic() - since)},
            )
