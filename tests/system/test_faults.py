"""The fault suite's rows in short, each on the system that all tests share: `make faults` plays them in full."""

import asyncio
from functools import partial

import pytest

from faults import table
from faults.rows import killed_engines, killed_services, poisoned, terminated
from faults.scene import Play, perform
from harness.running import System

# So long that only a hang is noticed: how fast it is is for `make faults` to say.
AFTER_POISON_SECONDS = 30.0


@pytest.mark.parametrize(
    ("row", "play"),
    [
        (1, partial(killed_services.processor, kills=3, every_seconds=2.0)),
        (3, partial(killed_engines.kafka, away_seconds=3.0)),
        (4, partial(killed_engines.cassandra, away_seconds=3.0)),
        (8, partial(terminated.play, also_with_cassandra=False)),
        (10, partial(poisoned.poison, after_seconds=AFTER_POISON_SECONDS)),
    ],
)
def test_nothing_is_lost_and_nothing_comes_twice(system: System, row: int, play: Play) -> None:
    result = asyncio.run(perform(row, f"row {row}", play, system, per_second=20.0))
    assert result.passed, table.line(result)
    assert result.verdict.accepted > 0
