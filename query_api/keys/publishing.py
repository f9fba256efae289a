"""Publishes which keys are to be believed: the folder's, here at once, on ``ecg.identity.v1`` once Kafka takes them.

The topic is followed, so that keys which it lost are announced again, and those that are not in the folder any more are
withdrawn, within seconds. Nothing in this service waits for it: a query needs Cassandra alone.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from query_api import metrics
from query_api.audit.trail import Audit
from query_api.keys.announcing import Announcing, Due
from query_api.keys.folder import KeyFolder, LostFolderError
from query_api.settings import Settings
from schemas.identity import PublicKey, encode_public_key, encode_withdrawal
from schemas.topics import IDENTITY
from service_kit import logs, tasks
from service_kit.callers.root_of_trust import is_sealed, sealed
from service_kit.engines.errors import EngineAwayError
from service_kit.engines.kafka.compacted_topic import CompactedTopic, Latest
from service_kit.engines.kafka.publisher import Publisher
from service_kit.log_limits import LogLimit

_log = logging.getLogger(__name__)

# Nobody waits for it, and a broker that is electing a leader deserves the time.
_TIMEOUT_SECONDS = 10.0
# What is done to the folder takes effect after this, and a shared disk is not asked too often.
_LOOK_SECONDS = 2.0

Believe = Callable[[Sequence[PublicKey]], None]


class KeyPublisher:
    """Keeps `believe` and the topic in line with the folder, in the background."""

    def __init__(self, settings: Settings, audit: Audit) -> None:
        self._audit = audit
        self._publisher = Publisher(settings, timeout_seconds=_TIMEOUT_SECONDS)
        self._topic = CompactedTopic(settings, IDENTITY.name, self._changed)
        self._came: list[Latest] = []
        self._woken = asyncio.Event()
        self._told = LogLimit()
        self._readable = True
        self._alone = True
        self._task: asyncio.Task[None] | None = None

    async def open(self, folder: KeyFolder, believe: Believe) -> None:
        """Believe the folder's keys, and begin to keep all in line; returns at once."""
        believe(folder.current.public)
        metrics.IDENTITY_PUBLISHED.set(0)
        await self._publisher.open()
        await self._topic.open(self._believing(folder))
        self._task = asyncio.create_task(self._keep(folder, believe))

    async def close(self) -> None:
        """Leave all as it is, and disconnect."""
        await tasks.end(self._task)
        await self._topic.close()
        await self._publisher.close()

    async def kafka_answers(self) -> bool:
        """Whether Kafka answers a metadata request now."""
        return await self._publisher.answers()

    async def folder_is_sound(self) -> bool:
        """Whether the folder can be read, and no other one is in use."""
        return self._readable and self._alone

    def _believing(self, folder: KeyFolder) -> Callable[[Latest], bool]:
        roots = [folder.root.public_key()]

        def believes(latest: Latest) -> bool:
            # What another folder says is heard, though its root is another one.
            if self._topic.current:
                self._came.append(latest)
            return is_sealed(roots, latest)

        return believes

    def _changed(self, _: Sequence[Latest]) -> None:
        self._woken.set()

    async def _keep(self, folder: KeyFolder, believe: Believe) -> None:
        announcing = Announcing(folder.id)
        while True:
            try:
                await self._look(folder, believe)
                await self._say(folder, announcing)
            except EngineAwayError:
                _log.warning("kafka did not take the keys, trying again")
            except Exception as error:  # noqa: BLE001 - what is to be withdrawn must be: never give up
                logs.unforeseen(_log, error)
            # Not wait_for, which may take being told to end for the end of its wait.
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_SECONDS):
                    await self._woken.wait()

    async def _look(self, folder: KeyFolder, believe: Believe) -> None:
        cause, before = None, folder.current.public
        try:
            if await asyncio.to_thread(folder.look):
                believe(folder.current.public)
                kids = [key.kid for key in folder.current.public]
                _log.warning("the folder holds other keys now", extra={"keys": kids})
                self._record(before, folder.current.public)
        except LostFolderError:
            cause = "it is not there, or is another one"
        except (OSError, ValueError, TypeError) as error:
            cause = str(error) if isinstance(error, TypeError) else type(error).__name__
        self._readable = cause is None
        if cause is not None and self._told.count("folder"):
            _log.error("the folder of keys cannot be read, keeping what is known", extra={"cause": cause})

    def _record(self, before: Sequence[PublicKey], now: Sequence[PublicKey]) -> None:
        for key in set(now) - set(before):
            self._audit.record("key.add", entities=(f"key/{key.kid}",))
        for key in set(before) - set(now):
            self._audit.record("key.remove", entities=(f"key/{key.kid}",))
        for kid in _signing(now) - _signing(before):
            self._audit.record("key.use", entities=(f"key/{kid}",))

    async def _say(self, folder: KeyFolder, announcing: Announcing) -> None:
        self._woken.clear()
        now = time.monotonic()
        announcing.heard(self._came, now)
        self._came = []
        others = announcing.others(now)
        self._alone = not others
        metrics.OTHER_KEY_FOLDERS.set(len(others))
        if others and self._told.count("others"):
            _log.error(
                "another query API uses another folder of keys: tokens of one are refused by the other",
                extra={"folder": folder.id, "others": others},
            )
        if not self._topic.current:
            return
        due = announcing.due(self._topic.records, self._topic.overwritten, folder.current, now)
        if due.announce or due.withdraw:
            metrics.IDENTITY_PUBLISHED.set(0)
            await self._write(folder, due)
            if due.announce:
                announcing.announced(now)
        metrics.IDENTITY_PUBLISHED.set(1)

    async def _write(self, folder: KeyFolder, due: Due) -> None:
        now = time.time_ns() // 1000
        announced = folder.current.public if due.announce else ()
        records = [encode_public_key(key, folder=folder.id, time=now) for key in announced]
        records += [encode_withdrawal(kid, folder=folder.id, time=now) for kid in due.withdraw]
        records = [sealed(folder.root, record) for record in records]
        await self._publisher.publish(IDENTITY.name, records, partition=0)
        metrics.KEYS_WITHDRAWN.inc(len(due.withdraw))
        _log.info("the public keys are published", extra={"keys": [key.kid for key in announced]})
        if due.withdraw:
            _log.warning("keys that are not in the folder were withdrawn", extra={"keys": due.withdraw})


def _signing(keys: Sequence[PublicKey]) -> set[str]:
    """The ids of those that sign: the first of each kind."""
    return set({key.signs: key.kid for key in reversed(keys)}.values())
