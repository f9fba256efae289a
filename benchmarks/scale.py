"""How much is measured: what fits into minutes, or all of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """`rounds`: of every measurement, those of one case never one after the other. Sizes are samples a lead."""

    name: str
    rounds: int
    load_seconds: float
    connections: tuple[int, ...]
    formats: tuple[str, ...]
    sizes: tuple[int, ...]
    drained_events: int
    sustained_seconds: float
    followed_seconds: float
    idle_seconds: float
    stored: tuple[int, ...]


QUICK = Scale(
    name="quick",
    rounds=3,
    load_seconds=2,
    connections=(1, 8, 32),
    formats=("json", "arrow"),
    sizes=(5_000,),
    drained_events=3_000,
    sustained_seconds=10,
    followed_seconds=5,
    idle_seconds=8,
    stored=(1_000,),
)
FULL = Scale(
    name="full",
    rounds=3,
    load_seconds=2,
    connections=(1, 8, 32),
    formats=("json", "gzip", "arrow"),
    sizes=(500, 5_000, 50_000),
    drained_events=10_000,
    sustained_seconds=60,
    followed_seconds=15,
    idle_seconds=20,
    stored=(1_000, 100_000, 1_000_000),
)
