"""How bad an age is, against what Kafka keeps."""

import pytest

from stream_processor.consuming.retention_margin import Level, level_of


@pytest.mark.parametrize(
    ("age", "retention", "level"),
    [
        (0, 100, Level.FINE),
        (49, 100, Level.FINE),
        (50, 100, Level.OLD),
        (89, 100, Level.OLD),
        (90, 100, Level.EXPIRING),
        (10**9, None, Level.FINE),
    ],
)
def test_it_is_old_at_half_and_late_at_nine_tenths(age: float, retention: float | None, level: Level) -> None:
    assert level_of(age, retention) is level
