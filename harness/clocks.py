"""A service on a host whose clock is wrong: ``python -m harness.clocks FILE MODULE`` runs the module so.

The file holds by how many seconds its wall clock is ahead, behind where negative; without a file it is right. It is
looked at again all the time, so that the clock can jump while the service runs. What passes of time, which is measured
by the monotonic clock, is not touched, as no host's is.
"""

import datetime
import runpy
import sys
import time
from datetime import datetime as Datetime  # noqa: N812 - the original, beside what takes its place
from pathlib import Path

# Reading the file at each look at the clock would cost more than what is being tested.
READ_EVERY_SECONDS = 0.05
NANOSECONDS = 1_000_000_000

_time, _time_ns, _monotonic = time.time, time.time_ns, time.monotonic


class Clock:
    """By how much a host's clock is ahead, for a service that is started by `command`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def set(self, ahead_seconds: float) -> None:
        """Put it so far ahead of the right time, or behind where negative, from the next moment on."""
        draft = self._path.with_suffix(".draft")
        draft.write_text(str(ahead_seconds))
        # A reader finds the old number or the new one, never half of it.
        draft.replace(self._path)

    def command(self, module: str) -> list[str]:
        """What runs a service, `python -m module` otherwise, by this clock."""
        return [sys.executable, "-m", __name__, str(self._path), module]


class _Ahead:
    """Seconds by the file, read once in a while."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_at = float("-inf")
        self._seconds = 0.0

    def seconds(self) -> float:
        now = _monotonic()
        if now - self._read_at > READ_EVERY_SECONDS:
            self._read_at = now
            self._seconds = float(self._path.read_text()) if self._path.exists() else 0.0
        return self._seconds


class _Any(type):
    # What C code makes of an instant is of the original class.
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Datetime)


def shift(path: Path) -> None:
    """Have `time` and `datetime` of this process tell the time by the file, for all that is imported from now on."""
    ahead = _Ahead(path)

    class Shifted(Datetime, metaclass=_Any):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> Datetime:  # type: ignore[override]
            return Datetime.fromtimestamp(time.time(), tz)

        @classmethod
        def utcnow(cls) -> Datetime:  # type: ignore[override]
            return Datetime.fromtimestamp(time.time(), datetime.UTC).replace(tzinfo=None)

    time.time = lambda: _time() + ahead.seconds()
    time.time_ns = lambda: _time_ns() + int(ahead.seconds() * NANOSECONDS)
    datetime.datetime = Shifted  # type: ignore[misc]


def main() -> None:
    """Run the module by the clock of the file."""
    shift(Path(sys.argv[1]))
    module = sys.argv[2]
    sys.argv[1:] = sys.argv[3:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
