"""What the supervisor has to know of a program to keep it running: how to start it, and what proves that
it works.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

# How programs end that were asked to with SIGTERM: by themselves, by the signal, or as a JVM (128 + 15).
TERMINATED = frozenset({0, -15, 143})


@dataclass(frozen=True, slots=True)
class Program:
    """A child process: an engine or a service.

    `answers` asks the program one real question and tells whether it answered; it raises nothing and takes
    a few seconds at most. `prepare` runs before every start, in a thread; `env` is asked for at every start. Exit
    codes in `clean_exits` are no failure when the program was told to stop; after one in `hopeless_exits` it is of no
    use to start it again before its operator has done something. `timer_slack_ns` is that of `infra.tied`.
    """

    name: str
    title: str
    argv: tuple[str, ...]
    log: Path
    answers: Callable[[], Awaitable[bool]]
    waits_for: str
    address: str
    env: Callable[[], Mapping[str, str]] = dict
    prepare: Callable[[], None] = lambda: None
    start_limit_seconds: float = 120.0
    stop_limit_seconds: float = 20.0
    clean_exits: frozenset[int] = TERMINATED
    hopeless_exits: frozenset[int] = frozenset()
    timer_slack_ns: int = 0
