"""The header of an EDF or BDF file, read strictly: fields of ASCII at fixed places, and what they say must hold.

Of who was recorded, and where, nothing is read but the day in the recording's field. Source:
https://www.edfplus.info/specs/edf.html and edfplus.html.
"""

import re
from dataclasses import dataclass
from fractions import Fraction

from formats.physical import exact
from schemas.problems import MalformedError

HEAD_BYTES = 256
_EDF, _BDF = b"0       ", b"\xffBIOSEMI"
# Of each signal, in this order, each for all of them: how long, and what it is.
_FIELDS = {
    "label": 16,
    "transducer type": 80,
    "physical dimension": 8,
    "physical minimum": 8,
    "physical maximum": 8,
    "digital minimum": 8,
    "digital maximum": 8,
    "prefiltering": 80,
    "number of samples in each data record": 8,
    "reserved": 32,
}
# Of those, what nothing is told by here.
_UNREAD = frozenset({"transducer type", "prefiltering", "reserved"})
_INTEGER = re.compile(r"-?\d+", re.ASCII)
_UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class Signal:
    """A signal: where its samples are in a record, and its fields with the byte where each begins."""

    number: int
    label: str
    dimension: str
    begin: int
    samples: int
    fields: dict[str, tuple[str, int]]

    def decimal(self, name: str) -> Fraction:
        """A field that is a number. Raises MalformedError."""
        text, offset = self.fields[name]
        try:
            # Some write a comma; there are no groups of digits that it could be between.
            return exact(text.replace(",", "."))
        except ValueError:
            raise MalformedError(f"the {name} of signal {self.number} is no number", offset=offset) from None


@dataclass(frozen=True, slots=True)
class Header:
    """A header that agrees with the bytes behind it.

    `seconds`: of a record; `record_samples`: of all signals in one; `discontinuous`: there may be gaps.
    """

    sample_bytes: int
    discontinuous: bool
    header_bytes: int
    records: int
    seconds: Fraction
    signals: list[Signal]
    record_samples: int
    recording: str
    day: str
    time: str


def is_edf(body: bytes | bytearray) -> bool:
    """Whether this is EDF or BDF, by its version."""
    return body.startswith((_EDF, _BDF))


def read_header(body: bytes | bytearray) -> Header:
    """The header of a file. Raises MalformedError."""
    if len(body) < HEAD_BYTES:
        raise MalformedError("the EDF file ends within its header", offset=len(body))
    count = _integer(body, 252, 4, "number of signals", least=1)
    header_bytes = _integer(body, 184, 8, "number of bytes in the header", least=HEAD_BYTES)
    if header_bytes != HEAD_BYTES * (count + 1):
        raise MalformedError("the number of bytes in the header is not that of its signals", offset=184)
    if len(body) < header_bytes:
        raise MalformedError("the EDF file ends within its header", offset=len(body))
    sample_bytes = 3 if body.startswith(_BDF) else 2
    signals = _signals(body, count)
    records = _integer(body, 236, 8, "number of data records", least=_UNKNOWN)
    record_samples = sum(signal.samples for signal in signals)
    return Header(
        sample_bytes=sample_bytes,
        discontinuous=_text(body, 192, 5) in {"EDF+D", "BDF+D"},
        header_bytes=header_bytes,
        records=_records(len(body), header_bytes, sample_bytes * record_samples, records),
        seconds=_seconds(body),
        signals=signals,
        record_samples=record_samples,
        recording=_text(body, 88, 80),
        day=_text(body, 168, 8),
        time=_text(body, 176, 8),
    )


def _records(file_bytes: int, header_bytes: int, record_bytes: int, told: int) -> int:
    """How many records there are: as many as are told, or as there is room for where that was not known yet."""
    if not record_bytes:
        raise MalformedError("the EDF file has no samples in its data records", offset=252)
    found, rest = divmod(file_bytes - header_bytes, record_bytes)
    if found < told or (rest and told == _UNKNOWN):
        raise MalformedError(f"the EDF file ends within its data record {found + 1}", offset=file_bytes)
    if rest or found > told != _UNKNOWN:
        raise MalformedError("the EDF file holds more than its number of data records", offset=236)
    if not found:
        raise MalformedError("the EDF file has no data record", offset=236)
    return found


def _seconds(body: bytes | bytearray) -> Fraction:
    try:
        seconds = exact(_text(body, 244, 8).replace(",", "."))
    except ValueError:
        seconds = Fraction(0)
    if seconds <= 0:
        raise MalformedError("the duration of a data record is no number of seconds", offset=244)
    return seconds


def _signals(body: bytes | bytearray, count: int) -> list[Signal]:
    signals: list[Signal] = []
    begin = 0
    for index in range(count):
        fields: dict[str, tuple[str, int]] = {}
        start = HEAD_BYTES
        for name, width in _FIELDS.items():
            place = start + index * width
            if name not in _UNREAD:
                fields[name] = (_text(body, place, width), place)
            start += count * width
        place = fields["number of samples in each data record"][1]
        name = f"number of samples of signal {index + 1} in each data record"
        samples = _integer(body, place, 8, name, least=0)
        signals.append(
            Signal(index + 1, fields["label"][0], fields["physical dimension"][0], begin, samples, fields)
        )
        begin += samples
    return signals


def _text(body: bytes | bytearray, start: int, width: int) -> str:
    """A field; beyond ASCII some write a micro sign as Latin-1 has it."""
    return body[start : start + width].decode("latin-1").strip(" \0")


def _integer(body: bytes | bytearray, start: int, width: int, name: str, *, least: int) -> int:
    text = _text(body, start, width)
    value = int(text) if _INTEGER.fullmatch(text) else least - 1
    if value < least:
        raise MalformedError(f"the {name} in the EDF header is none", offset=start)
    return value
