"""The rules of an upload's fields, each in one place, for the fast way in and for the one that explains.

A rule takes a value of the right type and returns what is wrong with it, or None. What it says names limits
and never the value: uploads are health data.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from formats.dates import DATE_RULE, parse_date
from schemas.ecg import SAMPLE_MAX, SAMPLE_MIN
from schemas.ids import is_ecg_id
from schemas.times import parse_rfc3339
from schemas.uploaded import DateSource

# Names and units are shown on pages and opened as tables. Controls, and what is not seen or turns the direction of
# writing, stand for none; `|` and parentheses behind a sign are how a cell of a spreadsheet calls a program.
_UNSHOWN = (
    r"\x00-\x1f\x7f-\x9f\u00ad\u061c\u115f\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb"
)
TEXT_PATTERN = rf" *(?:[^\s=@+\-<>|{_UNSHOWN}][^<>|{_UNSHOWN}]*|[+\-][^()<>|{_UNSHOWN}]*)"
_TEXT = re.compile(TEXT_PATTERN)
_EARLIEST_MICROS = parse_rfc3339("1900-01-01T00:00:00Z")
# Clocks of devices are set to local time, or wrong by a day; beyond, a date is no ECG's.
_AHEAD_MICROS = 24 * 60 * 60 * 1_000_000

Rule = Callable[[Any], str | None]
_baseline_called = f"a number from {SAMPLE_MIN} to {SAMPLE_MAX}"


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that is taken of each."""

    leads: int
    samples_per_lead: int
    name_characters: int
    units_characters: int
    segments: int


@dataclass(frozen=True, slots=True)
class Field:
    """A member of an object: its type, how that is called, and the rule on values of it."""

    type: Any
    called: str
    rule: Rule
    required: bool = False


def recording_fields(limits: Limits) -> Mapping[str, Field]:
    """The members of an upload, but for its leads."""
    return {
        "id": Field(str, "a string", _id),
        "date": Field(str, "a string", _date),
        "sampling_frequency": Field(float, "a number", _frequency),
        **_calibration(limits),
    }


def lead_fields(limits: Limits) -> Mapping[str, Field]:
    """The members of a lead, but for its signal."""
    return {
        "name": Field(str, "a string", lambda text: _text(text, limits.name_characters), required=True),
        "number_of_samples": Field(int, "an integer", _count),
        **_calibration(limits),
    }


def _calibration(limits: Limits) -> dict[str, Field]:
    return {
        "adc_gain": Field(float, "a number", _gain),
        "baseline": Field(float, _baseline_called, _baseline),
        "units": Field(str, "a string", lambda text: _text(text, limits.units_characters)),
    }


def _id(text: str) -> str | None:
    if is_ecg_id(text):
        return None
    return "must be a letter or digit and then up to 127 letters, digits, dots, dashes, underscores or colons"


def _date(text: str) -> str | None:
    try:
        parse_date(text)
    except ValueError as error:
        return f"{DATE_RULE}: {error}"
    return None


def date_source(date: int | None, accepted_at: int) -> DateSource:
    """Whose word the date of recording is, and whether it can be right.

    A device whose clock is wrong sends that clock at every attempt: refused, all its ECGs would be lost.
    """
    if date is None:
        return "server"
    return "client" if _EARLIEST_MICROS <= date <= accepted_at + _AHEAD_MICROS else "doubtful"


def _frequency(hertz: float) -> str | None:
    return None if hertz > 0 else "must be more than 0"


def _gain(units_per_millivolt: float) -> str | None:
    return None if units_per_millivolt != 0 else "must not be 0"


def _baseline(adc_value: float) -> str | None:
    return None if SAMPLE_MIN <= adc_value <= SAMPLE_MAX else f"must be {_baseline_called}"


def _count(number: int) -> str | None:
    return None if number >= 0 else "must not be negative"


def _text(text: str, max_characters: int) -> str | None:
    if not text.strip():
        return "must not be empty"
    if len(text) > max_characters:
        return f"must have at most {max_characters} characters"
    if _TEXT.fullmatch(text) is None:
        return (
            "must have no control or invisible characters and none of < > |, and not begin as a formula does: with = or"
            " @, or with + or - where there is a parenthesis"
        )
    return None
