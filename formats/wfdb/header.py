"""The header file of a WFDB record. Its comments, which tell of the patient, are passed over.

Source: https://physionet.org/physiotools/wag/header-5.htm.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction

from formats.broken import refused
from formats.physical import exact
from schemas.problems import MalformedError
from schemas.times import to_micros

_NUMBER = r"[+-]?[\d.]+(?:[eE][+-]?\d+)?"
_RECORD = re.compile(
    rf"(?P<name>[^\s/]+)(?P<segments>/\d+)?\s+(?P<signals>\d{{1,6}})"
    rf"(?:\s+(?P<frequency>{_NUMBER})(?:/\S*)?"
    rf"(?:\s+(?P<samples>\d{{1,12}})(?:\s+(?P<time>\S+)(?:\s+(?P<date>\S+))?)?)?)?\s*",
    re.ASCII,
)
_SIGNAL = re.compile(
    rf"(?P<file>\S+)\s+(?P<format>\d{{1,4}})(?:x(?P<frame>\d{{1,6}}))?(?::(?P<skew>-?\d{{1,12}}))?(?:\+(?P<offset>\d{{1,12}}))?"
    rf"(?:\s+(?P<gain>{_NUMBER})(?:\((?P<baseline>-?\d{{1,12}})\))?(?:/(?P<units>\S+))?"
    r"(?:\s+\d+(?:\s+(?P<zero>-?\d{1,12})(?:\s+(?P<initial>-?\d{1,12})(?:\s+-?\d+(?:\s+(?P<block>\d+)(?:\s+(?P<name>.+))?)?)?)?)?)?)?\s*",
    re.ASCII,
)
_MAX_BYTES = 262_144
_DEFAULT_FREQUENCY = "250"
_TIME = re.compile(r"\[?(?:(\d{1,2}):)?(\d{1,2}):(\d{1,2})(?:\.(\d{1,6}))?\]?", re.ASCII)
_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})\]?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Signal:
    """A signal line. `gain`: None where it is not calibrated; `baseline`: the ADC value of 0."""

    line: int
    file: str
    format: int
    frame: int
    offset: int
    gain: Fraction | None
    baseline: int
    units: str
    initial: int
    name: str


@dataclass(frozen=True, slots=True)
class Header:
    """A header. `frames`: None where it does not tell how long the record is; `date`: in µs since the epoch."""

    frequency: Fraction
    frames: int | None
    date: int | None
    signals: list[Signal]


def read_header(content: bytes) -> Header:
    """The header in a file. Raises MalformedError, which names the line, or InvalidError."""
    if len(content) > _MAX_BYTES:
        raise MalformedError("the WFDB header is far longer than one of a thousand signals")
    lines = [
        (number, text.strip())
        for number, text in enumerate(content.decode("utf-8", "replace").splitlines(), 1)
        if text.strip() and not text.lstrip().startswith("#")
    ]
    if not lines:
        raise MalformedError("the WFDB header has no record line")
    number, text = lines[0]
    record = _RECORD.fullmatch(text)
    if record is None:
        raise MalformedError(f"line {number} of the WFDB header is no record line")
    if record["segments"]:
        raise refused("must be a record of one segment: send each segment as a record of its own", "/leads")
    count = int(record["signals"])
    if not 0 < count <= len(lines) - 1:
        raise MalformedError("the WFDB header has not as many signal lines as its record line says")
    frequency = _number(record["frequency"] or _DEFAULT_FREQUENCY, number)
    if frequency <= 0:
        raise MalformedError(
            f"line {number} of the WFDB header has a sampling frequency that is not more than 0"
        )
    return Header(
        frequency=frequency,
        # 0 where it was not known.
        frames=int(record["samples"] or 0) or None,
        date=_date(record["time"], record["date"], number),
        signals=[_signal(*line) for line in lines[1 : count + 1]],
    )


def _signal(number: int, text: str) -> Signal:
    found = _SIGNAL.fullmatch(text)
    if found is None:
        raise MalformedError(f"line {number} of the WFDB header is no signal line")
    if int(found["skew"] or 0):
        raise refused(
            "must have signals without a skew between them: shift them, and write the record anew", "/leads"
        )
    # Without a gain, and with one of 0, a signal is not calibrated.
    gain = _number(found["gain"] or "0", number)
    zero = int(found["zero"] or 0)
    return Signal(
        line=number,
        file=found["file"],
        format=int(found["format"]),
        frame=int(found["frame"] or 1),
        offset=int(found["offset"] or 0),
        gain=gain or None,
        baseline=zero if found["baseline"] is None else int(found["baseline"]),
        units=found["units"] or "mV",
        initial=int(found["initial"] or 0),
        name=found["name"] or "",
    )


def _number(text: str, line: int) -> Fraction:
    try:
        return exact(text)
    except ValueError:
        raise MalformedError(f"line {line} of the WFDB header has a number that is none") from None


def _date(time: str | None, date: str | None, line: int) -> int | None:
    """Of a time without a date nothing is told. No time zone is told: it is taken as UTC."""
    if time is None or date is None:
        return None
    clock, day = _TIME.fullmatch(time), _DATE.fullmatch(date)
    try:
        if clock is None or day is None:
            raise ValueError
        hour, minute, second, fraction = clock.groups(default="0")
        start = datetime(
            int(day[3]), int(day[2]), int(day[1]), int(hour), int(minute), int(second),
            int(fraction.ljust(6, "0")), tzinfo=UTC,
        )  # fmt: skip
    except ValueError:
        raise MalformedError(f"line {line} of the WFDB header has a date or time that is none") from None
    return to_micros(start)
