"""When an EDF recording began, by the fields of EDF+ where they are filled in."""

from dataclasses import replace
from typing import Any

import pytest

from formats.edf.file import read
from harness.edf_files import File, Signal
from schemas.problems import MalformedError
from schemas.times import parse_rfc3339


def date_of(**told: Any) -> int | None:
    return read(replace(File([Signal([1])]), **told).to_bytes()).ecg.date


@pytest.mark.parametrize(
    ("told", "instant"),
    [
        ({}, "2025-01-14T09:30:05Z"),
        ({"recording": ""}, "2025-01-14T09:30:05Z"),
        ({"recording": "Startdate X X X X"}, "2025-01-14T09:30:05Z"),
        ({"recording": "Startdate 01-ABC-2030 X X X"}, "2025-01-14T09:30:05Z"),
        ({"recording": "", "day": "31.12.84", "time": "23:59:59"}, "2084-12-31T23:59:59Z"),
        ({"recording": "", "day": "01/02/85"}, "1985-02-01T09:30:05Z"),
        ({"recording": "startdate 02-mar-2101", "day": "02.03.yy"}, "2101-03-02T09:30:05Z"),
    ],
)
def test_the_start_is_read(told: dict[str, str], instant: str) -> None:
    assert date_of(**told) == parse_rfc3339(instant)


@pytest.mark.parametrize("day", ["01.01.85", "00.00.00", ""])
def test_where_nobody_may_know_there_is_none(day: str) -> None:
    assert date_of(recording="Startdate X X X X", day=day, time="00.00.00") is None


def test_a_day_of_1985_that_is_meant_is_one() -> None:
    assert date_of(recording="Startdate 01-JAN-1985 X X X", day="01.01.85") == parse_rfc3339(
        "1985-01-01T09:30:05Z"
    )


@pytest.mark.parametrize(
    "told",
    [
        {"recording": "", "day": "20250114"},
        {"recording": "", "day": "30.02.25"},
        {"recording": "Startdate 30-FEB-2025 X X X"},
        {"time": "25.00.00"},
        {"time": "noon"},
        {"time": ""},
    ],
)
def test_a_date_that_cannot_be_read_is_told_by_its_byte(told: dict[str, str]) -> None:
    with pytest.raises(MalformedError, match="start") as caught:
        date_of(**told)
    assert caught.value.offset in {168, 176}
