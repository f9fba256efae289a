"""What is refused to a device, for its owner to see: counted in memory, and told to ``ecg.refusals.v1`` now and then.

Counting writes nothing: every few seconds, where something was refused, one event goes out for each device that it was
refused to. What was counted and not told yet is lost with the process. That is information, and no upload waits for it.
"""

import asyncio
import logging
import time
from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from uuid import UUID, uuid4

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ingest_api import metrics
from schemas.claims import Claims
from schemas.problems import PROBLEMS
from schemas.refusals import Refusals, encode_refusals
from schemas.stored import week_of
from schemas.times import format_rfc3339
from schemas.topics import REFUSALS
from service_kit import logs, tasks
from service_kit.engines.errors import EngineAwayError
from service_kit.engines.kafka.publisher import Publisher

_log = logging.getLogger(__name__)

# Soon enough for a person who looks, and next to no events however much a broken device sends.
_TELL_SECONDS = 10.0
# The last word of a process that stops, beside all else that it does then.
_LAST_WORD_SECONDS = 1.0
# Devices to which something was refused, of a week each; of more, those that were told already are forgotten first.
_REMEMBERED = 10_000
_AT_ONCE = 500
_NAMES = {
    problem.status: problem.name for problem in PROBLEMS if problem.status < HTTPStatus.INTERNAL_SERVER_ERROR
}

_Place = tuple[UUID, UUID, str]


@dataclass(slots=True)
class _Counted:
    """Of one device and week. `told`: whether all of it has gone out."""

    refused: Counter[str] = field(default_factory=Counter)
    last_at: int = 0
    told: bool = True


class RefusalCounter:
    """Counts, and tells by `publisher`. `remembered`: of how many devices at most."""

    def __init__(self, publisher: Publisher, *, remembered: int = _REMEMBERED) -> None:
        self._publisher = publisher
        self._remembered = remembered
        self._id = uuid4()
        self._counted: OrderedDict[_Place, _Counted] = OrderedDict()
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin to tell; returns at once."""
        self._task = asyncio.create_task(self._keep())

    async def close(self) -> None:
        """Tell the rest, where Kafka takes it at once."""
        await tasks.end(self._task)
        await tasks.bounded(self._tell(), _LAST_WORD_SECONDS)

    def count(self, claims: Claims, status: int, now: int) -> None:
        """An upload of a device was refused with this status. `now`: µs since the epoch."""
        name = _NAMES.get(status)
        if claims.device_id is None or name is None:
            return
        place = claims.user_id, claims.device_id, week_of(now)
        if place not in self._counted and not self._has_room():
            metrics.REFUSALS_UNCOUNTED.inc()
            return
        counted = self._counted.setdefault(place, _Counted())
        self._counted.move_to_end(place)
        counted.refused[name] += 1
        counted.last_at, counted.told = now, False

    def untold(self) -> list[Refusals]:
        """What has changed since it was told."""
        return [self._event(place, counted) for place, counted in self._counted.items() if not counted.told]

    def were_told(self, some: Sequence[Refusals]) -> None:
        """These have gone out; what came meanwhile has not."""
        for one in some:
            counted = self._counted.get((one.owner_id, one.device_id, one.week))
            if counted is not None and counted.refused == one.refused:
                counted.told = True

    def _has_room(self) -> bool:
        if len(self._counted) < self._remembered:
            return True
        # A week ends, and a device is mended: most are never heard of again.
        oldest, counted = next(iter(self._counted.items()))
        if not counted.told:
            return False
        del self._counted[oldest]
        return True

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(_TELL_SECONDS)
            try:
                await self._tell()
            except EngineAwayError:
                _log.warning("kafka did not take what was refused to devices, trying again")
            except Exception as error:  # noqa: BLE001 - it goes on for the life of the service
                logs.unforeseen(_log, error)

    async def _tell(self) -> None:
        due = self.untold()
        for first in range(0, len(due), _AT_ONCE):
            some = due[first : first + _AT_ONCE]
            await self._publisher.publish(REFUSALS.name, [encode_refusals(one) for one in some], partition=0)
            self.were_told(some)

    def _event(self, place: _Place, counted: _Counted) -> Refusals:
        owner_id, device_id, week = place
        last = format_rfc3339(counted.last_at)
        return Refusals(owner_id, device_id, self._id, week, dict(counted.refused), last)


class CountRefusals:
    """ASGI middleware: has what is refused at `path` counted, whoever refused it, where a device's good token came."""

    def __init__(self, app: ASGIApp, *, counter: RefusalCounter, path: str) -> None:
        self._app = app
        self._counter = counter
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != self._path:
            await self._app(scope, receive, send)
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] >= HTTPStatus.BAD_REQUEST:
                sender = scope["state"].get("sender")
                if isinstance(sender, Claims):
                    self._counter.count(sender, message["status"], time.time_ns() // 1000)
            await send(message)

        await self._app(scope, receive, answer)
