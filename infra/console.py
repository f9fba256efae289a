"""What a person reads while a command runs: short lines, and one line that counts the seconds of a wait.

On a terminal the waiting line is rewritten in place. Elsewhere (a log, a pipe) it is printed now and then,
so that a reader sees that something is still going on and the output stays short.
"""

import sys
import time
from typing import TextIO

# Often enough to look alive in a log, rare enough not to fill it.
QUIET_WAIT_SECONDS = 5.0


class Console:
    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out if out is not None else sys.stdout
        self._live = self._out.isatty()
        self._open = False
        self._last_wait = time.monotonic()

    def say(self, text: str = "") -> None:
        """Print one finished line."""
        self._clear()
        print(text, file=self._out, flush=True)
        self._last_wait = time.monotonic()

    def wait(self, text: str) -> None:
        """Show what is waited for. Call it as often as you like."""
        now = time.monotonic()
        if self._live:
            self._out.write(f"\r\x1b[K{text}")
            self._out.flush()
            self._open = True
        elif now - self._last_wait >= QUIET_WAIT_SECONDS:
            print(text, file=self._out, flush=True)
            self._last_wait = now

    def _clear(self) -> None:
        if self._open:
            self._out.write("\r\x1b[K")
            self._open = False
