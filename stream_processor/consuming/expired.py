"""Uploads that grew too old in Kafka before they were read: counted, named, and kept for their owners to be told."""

import logging
import time

from schemas.times import format_rfc3339
from stream_processor import metrics
from stream_processor.consuming.upload_log import UploadLog
from stream_processor.store import Store

_log = logging.getLogger(__name__)


class Expired:
    """Ranges of offsets that retention took."""

    def __init__(self, store: Store, log: UploadLog) -> None:
        self._store = store
        self._uploads = log

    async def record(self, topic_id: str, partition: int, offsets: range, since_ms: int) -> None:
        """Keep that these are gone. `since_ms`: when the last event before them was written, 0 where that is not known.

        Raises EngineAwayError.
        """
        now = time.time_ns() // 1000
        until_ms = await self._uploads.written_ms(partition, offsets.stop)
        since, until = since_ms * 1000, now if until_ms is None else until_ms * 1000
        await self._store.write_expired(topic_id, partition, offsets, since=since, until=until, now=now)
        metrics.EXPIRED.inc(len(offsets))
        _log.error(
            "uploads expired unread",
            extra={
                "partition": partition,
                "start": offsets.start,
                "stop": offsets.stop,
                "since": format_rfc3339(since) if since else None,
                "until": format_rfc3339(until),
            },
        )
