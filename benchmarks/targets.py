"""What is aimed at, on two cores of this class and with 12 x 5,000 samples; absolute figures for a quiet machine.

The judge is the ratio to the floor of the same run, or to the reference.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """A row of the table.

    `figure`: what was measured; more is better where `at_least`. `to`: the figure it is compared with, `ratio`: how
    many times its cost ours may be at most, or its worth at least where `worth`.
    """

    path: str
    figure: str
    limit: float | None = None
    at_least: bool = False
    to: str | None = None
    ratio: float | None = None
    worth: bool = False


def _pair(path: str, name: str, cpu_ms: float, rate: float, ratio: float) -> tuple[Target, Target]:
    ours, floor = f"{name}/ours", f"{name}/floor"
    return (
        Target(f"{path}: CPU", f"{ours}/cpu_ms", cpu_ms, to=f"{floor}/cpu_ms", ratio=ratio),
        Target(f"{path}: rate", f"{ours}/rate", rate, at_least=True, to=f"{floor}/rate"),
    )


TARGETS = (
    *_pair("ingest, JSON, 8 connections", "ingest/json/5000/8", 1.5, 650, 1.5),
    *_pair("ingest, Arrow, 8 connections", "ingest/arrow/5000/8", 0.8, 1200, 1.5),
    *_pair("processing a backlog, one worker", "processing", 0.75, 1300, 1.5),
    Target("POST to stored, sustained", "pipeline/ours/rate", 400, at_least=True),
    Target(
        "the same to the reference",
        "pipeline/ours/rate",
        at_least=True,
        to="pipeline/reference/rate",
        ratio=8,
        worth=True,
    ),
    Target("POST to readable at 5/s, plain poll: p50", "latency/calm/plain/p50_ms", 12),
    Target("POST to readable at 5/s, plain poll: p99", "latency/calm/plain/p99_ms", 20),
    Target("POST to readable at 5/s, long-poll: p50", "latency/calm/long_poll/p50_ms", 9),
    Target("POST to readable at 5/s, long-poll: p99", "latency/calm/long_poll/p99_ms", 15),
    Target("POST to readable at half the sustained rate, plain poll: p50", "latency/half/plain/p50_ms"),
    Target("POST to readable at half the sustained rate, long-poll: p50", "latency/half/long_poll/p50_ms"),
    *_pair("GET one insight, 8 connections", "query/one/1000/8", 0.65, 1300, 2),
    Target(
        "GET one insight, 10^6 stored, to 10^3: CPU",
        "query/one/1000000/8/ours/cpu_ms",
        to="query/one/1000/8/ours/cpu_ms",
        ratio=1.1,
    ),
    Target("processor with nothing to do", "resources/idle/processor_percent", 3),
    Target("peak memory, processor under a backlog", "processing/ours/peak_mb", 350),
    Target("peak memory, ingest at 32 connections", "ingest/json/5000/32/ours/peak_mb", 250),
    Target("p99 of small uploads beside the worst bodies, times that alone", "besieged/ratio", 5),
    Target("peak memory, ingest and its worker beside them", "besieged/peak_mb", 512),
    Target("kill -9 of the processor to the next insight", "latency/killed/seconds", 2),
)
