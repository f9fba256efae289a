"""Notices unread events that Kafka's retention removed while nothing came behind them to show the gap."""

import time
from collections.abc import Mapping

from service_kit.engines.errors import EngineAwayError
from stream_processor.consuming.upload_log import UploadLog
from stream_processor.lanes import Lanes

# What was fetched is in its lane long before; and a look takes a connection of its own.
_LOOK_EVERY_SECONDS = 5.0


class UnreadLoss:
    """Has lanes pass over what they wait for in vain."""

    def __init__(self, log: UploadLog, lanes: Lanes) -> None:
        self._uploads = log
        self._lanes = lanes
        self._looked_at = time.monotonic()
        self._awaited: dict[int, int | None] = {}

    async def look(self, behind: Mapping[int, int]) -> None:
        """`behind`: of each partition, how many events are not finished."""
        if time.monotonic() - self._looked_at < _LOOK_EVERY_SECONDS:
            return
        self._looked_at = time.monotonic()
        awaited = {
            partition: self._lanes.next_offset(partition) for partition, count in behind.items() if count > 0
        }
        stuck = [one for one, offset in awaited.items() if self._awaited.get(one) == offset]
        self._awaited = awaited
        if not stuck:
            return
        try:
            firsts = await self._uploads.firsts(stuck)
        except EngineAwayError:
            return
        for partition, first in firsts.items():
            self._lanes.pass_over(partition, first)
