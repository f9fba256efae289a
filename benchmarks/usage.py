"""What processes used while something ran: CPU time, and the most memory they held."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import psutil

SAMPLE_EVERY_SECONDS = 0.05
MEGABYTE = 1_000_000


@dataclass(slots=True)
class Usage:
    """Of one process. `cpu_seconds`: user and system, over all its threads. `peak_megabytes`: resident."""

    cpu_seconds: float = 0.0
    peak_megabytes: float = 0.0


@contextmanager
def using(pids: Mapping[str, int]) -> Iterator[dict[str, Usage]]:
    """Watch processes; what they used is there after the block, by the names given.

    Memory is looked at every 50 ms: a peak between two looks is not seen. A process that ends inside the block
    keeps what was last seen of it.
    """
    processes = {name: psutil.Process(pid) for name, pid in pids.items()}
    before = {name: cpu_seconds(process) for name, process in processes.items()}
    used = {name: Usage() for name in pids}
    ended = threading.Event()

    def look() -> None:
        for name, process in processes.items():
            with suppress(psutil.NoSuchProcess):
                used[name].cpu_seconds = cpu_seconds(process) - before[name]
                resident = process.memory_info().rss / MEGABYTE
                used[name].peak_megabytes = max(used[name].peak_megabytes, resident)

    def watch() -> None:
        while not ended.wait(SAMPLE_EVERY_SECONDS):
            look()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield used
    finally:
        ended.set()
        watcher.join()
        look()


def cpu_seconds(process: psutil.Process) -> float:
    """CPU time of a process so far, user and system."""
    times = process.cpu_times()
    return times.user + times.system
