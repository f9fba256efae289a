"""Whether Kafka's disks have room for more: a broker whose disk is full stops, with all that others want of it.

So nothing is taken any more while there is still room for what is to be made of what was accepted: insights, dead
letters, and what consumer groups have read.
"""

import asyncio
import logging

from ingest_api import metrics
from service_kit import tasks
from service_kit.engines.errors import EngineAwayError
from service_kit.engines.kafka.publisher import ENGINE
from service_kit.engines.kafka.questions import Questions
from service_kit.engines.kafka.settings import KafkaSettings
from service_kit.log_limits import LogLimit

_log = logging.getLogger(__name__)

# What all devices send in this time goes beyond the bound: at the rate of a whole disk, some hundreds of MB.
_LOOK_EVERY_SECONDS = 2.0
_FULL = "a disk of kafka's is nearly full"


class DiskSpace:
    """Follows how much is free on the fullest disk of Kafka's brokers, of which `least_bytes` are left free (0: it is
    not asked for). May be opened while Kafka is away.

    Where Kafka does not tell, as when it is away or an old one, it is not taken for full.
    """

    def __init__(self, settings: KafkaSettings, least_bytes: int) -> None:
        self._questions = Questions(settings)
        self._least_bytes = least_bytes
        self._free_bytes: int | None = None
        self._following: asyncio.Task[None] | None = None
        self._told = LogLimit()
        metrics.KAFKA_DISK_FREE.set_function(
            lambda: float("nan") if self._free_bytes is None else self._free_bytes
        )

    async def open(self) -> None:
        """Begin to follow; returns at once."""
        if self._least_bytes:
            self._following = asyncio.create_task(self._follow())

    async def close(self) -> None:
        """Stop following."""
        await tasks.end(self._following)
        await self._questions.close()

    def require(self) -> None:
        """Raise EngineAwayError where there is too little room to take an upload."""
        if self._free_bytes is not None and self._free_bytes < self._least_bytes:
            if times := self._told.count(_FULL):
                told = {"free_bytes": self._free_bytes, "least_bytes": self._least_bytes, "times": times}
                _log.error("uploads are refused: %s", _FULL, extra=told)
            raise EngineAwayError(ENGINE, _FULL)

    async def enough(self) -> bool:
        """Whether there is room. Raises EngineAwayError, as `require` does, where there is not."""
        self.require()
        return True

    async def _follow(self) -> None:
        while True:
            try:
                self._free_bytes = min(
                    (disk.usable_bytes for disk in await self._questions.log_dirs()), default=None
                )
            except EngineAwayError as error:
                if self._told.count(str(error)):
                    _log.warning("how full kafka's disks are is not known", extra={"cause": str(error)})
            await asyncio.sleep(_LOOK_EVERY_SECONDS)
