"""The time by the brokers' clock, as this host's may be wrong: as it was last heard, carried on by the steady clock.

Each answer to what is published says when it was written, by the broker's clock, so nothing has to be asked for it.
Until the first of them, and where a topic keeps the sender's time, it is this host's clock.
"""

import time

_MICROS = 1_000_000


class KafkaClock:
    """Tells the time for whoever reads with another clock."""

    def __init__(self) -> None:
        self._lead: float | None = None
        self._stamped = 0

    @property
    def lead(self) -> float:
        """Seconds by which it is ahead of the steady clock. Another number later is a step that it made."""
        return time.time() - time.monotonic() if self._lead is None else self._lead

    def now(self) -> int:
        """In µs since the epoch."""
        return int((time.monotonic() + self.lead) * _MICROS)

    def stamp(self) -> int:
        """The same, and later than every stamp before: for a row that is written again and again."""
        self._stamped = max(self._stamped + 1, self.now())
        return self._stamped

    def see(self, stamped: int) -> None:
        """Such a row bears this stamp, perhaps from a process whose clock was ahead: what comes is later than that."""
        self._stamped = max(self._stamped, stamped)

    def hear(self, written_at: float | None) -> None:
        """A record that was confirmed just now was written at this instant, in seconds since the epoch."""
        if written_at is not None:
            self._lead = written_at - time.monotonic()
