"""Runs a command that dies with the process that started it, whatever kills that one.

On Linux the kernel does it (PR_SET_PDEATHSIG), also when the parent is killed with -9. Elsewhere the
command is run as it is, and what a killed supervisor left is ended by the next start or `make down`. The
command keeps this process's id. Run by path and without site packages, so it costs 20 ms; hence it imports
the standard library alone.

A command may be given a timer slack as well, which all its threads inherit: how much later than asked for the kernel
may wake them (PR_SET_TIMERSLACK).
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

PR_SET_PDEATHSIG = 1
PR_SET_TIMERSLACK = 29


def command(argv: Sequence[str], *, timer_slack_ns: int = 0) -> list[str]:
    """The command line that runs `argv` tied to the calling process; a slack of 0 leaves the system's."""
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), str(timer_slack_ns), *argv]


def main(parent: int, timer_slack_ns: int, argv: list[str]) -> None:
    if sys.platform == "linux":
        # SIGKILL: a stopped or hanging process has to go too, and every part here survives it by design.
        prctl = ctypes.CDLL(None).prctl
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if timer_slack_ns:
            prctl(PR_SET_TIMERSLACK, timer_slack_ns, 0, 0, 0)
        if os.getppid() != parent:
            sys.exit(1)
    os.execvp(argv[0], argv)  # noqa: S606 - to run the given command is its purpose


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
