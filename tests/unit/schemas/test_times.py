"""Instants go to text and back without losing a microsecond; what is no instant is refused."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given

from schemas.times import format_rfc3339, parse_rfc3339, to_datetime, to_micros
from tests.unit.schemas.strategies import DATES


@given(DATES)
def test_every_instant_comes_back(micros: int) -> None:
    assert parse_rfc3339(format_rfc3339(micros)) == micros
    assert to_micros(to_datetime(micros)) == micros


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01t00:00:00z", 0),
        ("1970-01-01T00:00:00-00:00", 0),
        ("1970-01-01T02:00:00+02:00", 0),
        ("1969-12-31T23:59:59.999999Z", -1),
        ("1970-01-01T00:00:00.5Z", 500_000),
        ("1970-01-01T00:00:00.0000019Z", 1),
        ("2026-11-23T08:30:00Z", to_micros(datetime(2026, 11, 23, 8, 30, tzinfo=UTC))),
    ],
)
def test_text_is_read_as_rfc_3339_says(text: str, expected: int) -> None:
    assert parse_rfc3339(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-23",
        "2026-11-23T08:30:00",
        "2026-11-23 08:30:00Z",
        "2026-11-23T08:30Z",
        "20261123T083000Z",
        "2026-W48-1T08:30:00Z",
        "2026-02-30T00:00:00Z",
        "2026-11-23T24:00:00Z",
        "2026-11-23T08:30:60Z",
        "2026-11-23T08:30:00+24:00",
        "2026-11-23T08:30:00Z\n",
        "٢٠٢٦-11-23T08:30:00Z",
        "0000-01-01T00:00:00Z",
    ],
)
def test_other_text_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ValueError, match=r"^(not an RFC 3339|no such date)") as caught:
        parse_rfc3339(text)
    assert not text or text not in str(caught.value)


def test_text_has_a_fraction_only_where_there_is_one() -> None:
    assert format_rfc3339(0) == "1970-01-01T00:00:00Z"
    assert format_rfc3339(1) == "1970-01-01T00:00:00.000001Z"
    assert re.fullmatch(r"0001-01-01T00:00:00Z", format_rfc3339(-62_135_596_800_000_000))
