"""How close the oldest unread upload is to being removed by Kafka: told long before it happens."""

import logging
import time
from enum import IntEnum

from service_kit.engines.errors import EngineAwayError
from service_kit.engines.kafka.questions import Questions
from stream_processor import metrics

_log = logging.getLogger(__name__)

# Of the retention. At half there are days left to mend what is wrong; at nine tenths somebody has to, now.
_WARN_SHARE, _ALARM_SHARE = 0.5, 0.9
# An operator may change it while we run, and nobody changes it often.
_RETENTION_EVERY_SECONDS = 60.0


class Level(IntEnum):
    """Of what is old: nothing, something, something that is about to go."""

    FINE = 0
    OLD = 1
    EXPIRING = 2


class RetentionMargin:
    """Looks at the age of the oldest upload that is not finished, against the topic's retention."""

    def __init__(self, questions: Questions, topic: str) -> None:
        self._questions = questions
        self._topic = topic
        self._retention: float | None = None
        self._asked_at = float("-inf")
        self._level = Level.FINE

    async def look(self, oldest_ms: int | None) -> None:
        """`oldest_ms`: when that upload was written, ms since the epoch; None where none waits."""
        age = 0.0 if oldest_ms is None else max(0.0, time.time() - oldest_ms / 1000)
        metrics.OLDEST_AGE.set(age)
        await self._ask()
        level = level_of(age, self._retention)
        if level > self._level:
            fields = {"age_seconds": round(age), "retention_seconds": self._retention}
            if level is Level.EXPIRING:
                _log.error("unread uploads are about to expire", extra=fields)
            else:
                _log.warning("unread uploads are old", extra=fields)
        self._level = level

    @property
    def trouble(self) -> str | None:
        """What to say of it where it is late to act."""
        return "unread uploads are about to expire" if self._level is Level.EXPIRING else None

    async def _ask(self) -> None:
        if time.monotonic() - self._asked_at < _RETENTION_EVERY_SECONDS:
            return
        try:
            self._retention = await self._questions.retention_seconds(self._topic)
        except EngineAwayError:
            return
        self._asked_at = time.monotonic()
        metrics.RETENTION.set(self._retention or 0)


def level_of(age: float, retention: float | None) -> Level:
    """How bad an age is, in seconds. `retention`: None for ever."""
    if retention is None or age < retention * _WARN_SHARE:
        return Level.FINE
    return Level.OLD if age < retention * _ALARM_SHARE else Level.EXPIRING
