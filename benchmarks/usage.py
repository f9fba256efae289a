"""What processes used while something ran, with those that they started: CPU time, and the most memory they held."""

import itertools
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import psutil

SAMPLE_EVERY_SECONDS = 0.05
# To look for new processes is to look at all of the machine: two milliseconds, which are not to be measured.
FAMILY_EVERY_SAMPLES = 40
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
    families = {name: family(process) for name, process in processes.items()}
    used = {name: Usage() for name in pids}
    ended = threading.Event()

    def look() -> None:
        for name, members in families.items():
            with suppress(psutil.NoSuchProcess):
                used[name].cpu_seconds = _cpu_seconds(members) - before[name]
                resident = sum(one.memory_info().rss for one in members) / MEGABYTE
                used[name].peak_megabytes = max(used[name].peak_megabytes, resident)

    def look_for_more() -> None:
        for name, process in processes.items():
            with suppress(psutil.NoSuchProcess):
                families[name] = family(process)

    def watch() -> None:
        for number in itertools.count(1):
            if ended.wait(SAMPLE_EVERY_SECONDS):
                return
            if number % FAMILY_EVERY_SAMPLES == 0:
                look_for_more()
            look()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield used
    finally:
        ended.set()
        watcher.join()
        look_for_more()
        look()


def cpu_seconds(process: psutil.Process) -> float:
    """CPU time so far, user and system, of a process and of those that it started."""
    return _cpu_seconds(family(process))


def _cpu_seconds(processes: Sequence[psutil.Process]) -> float:
    times = [process.cpu_times() for process in processes]
    return sum(each.user + each.system for each in times)


def family(process: psutil.Process) -> list[psutil.Process]:
    """A process and those that it started and that still run."""
    return [process, *process.children(recursive=True)]
