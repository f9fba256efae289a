import pytest

from formats.dates import parse_date
from schemas.times import parse_rfc3339


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2026-02-03 00:29:13 +0100", "2026-02-03T00:29:13+01:00"),
        ("2026-02-03T00:29:13+01", "2026-02-03T00:29:13+01:00"),
        ("2026-02-03 00:29-05:30", "2026-02-03T00:29:00-05:30"),
        ("2026-02-03 00:29:13,25 Z", "2026-02-03T00:29:13.25Z"),
        ("2026-02-03t00:29:13.123456z", "2026-02-03T00:29:13.123456Z"),
    ],
)
def test_an_instant_is_taken_as_the_usual_writers_write_it(text: str, told: str) -> None:
    assert parse_date(text) == parse_rfc3339(told)


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-03 00:29:13",
        "2026-02-03",
        "2026-02-03 00:29.5 Z",
        "2026-02-03 00:29:13 Z00",
        "2026-02-03 00:29:13  Z",
        "2026-02-30 00:29:13 Z",
        "2026-02-03 24:29 Z",
        "2026-02-03 00:29:13 +2500",
        "03.02.2026 00:29:13 Z",
        "٢٠٢٦-02-03 00:29:13 Z",
    ],
)
def test_no_other_text_is_an_instant(text: str) -> None:
    with pytest.raises(ValueError, match="date"):
        parse_date(text)
