"""The data records of an EDF or BDF file: their samples, when each begins, and what is missing between them."""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formats.broken import refused
from formats.edf.header import Header, Signal
from formats.signal import of_24_bits
from schemas.ecg import Missing, Samples, narrowest
from schemas.problems import MalformedError

ANNOTATIONS = frozenset({"EDF Annotations", "BDF Annotations"})
# Of a list of annotations: its onset in seconds, maybe a duration, and the empty annotation that keeps the time.
_ONSET = re.compile(rb"([+-]\d{1,12}(?:\.\d{1,12})?)\x14\x14")
# A day of records of a second; to find when each begins takes a quarter of a second.
_MAX_RECORDS = 100_000
# Of a sample: what computing with seconds may leave.
_ROUNDING = 1e-3
# What gaps may add to all leads together: they cost no bytes in the file, and three each in memory.
_MAX_MISSING = 16_777_216


@dataclass(frozen=True, slots=True)
class Timeline:
    """When records begin. `began`: seconds from the file's own time to the first. `missing`: where samples of a lead
    are missing, if anywhere.
    """

    began: float
    missing: Missing | None = None


def samples_of(body: bytes | bytearray, header: Header, signal: Signal) -> Samples:
    """A signal's samples, one record behind the other, as narrow as they are."""
    place = slice(signal.begin, signal.begin + signal.samples)
    if header.sample_bytes == 2:
        words = np.frombuffer(body, "<i2", offset=header.header_bytes)
        return words.reshape(header.records, header.record_samples)[:, place].astype(np.int16).reshape(-1)
    three = np.frombuffer(body, np.uint8, offset=header.header_bytes)
    three = three.reshape(header.records, header.record_samples, 3)[:, place]
    return narrowest(of_24_bits(three))


def timeline(body: bytes | bytearray, header: Header, record_samples: int, leads: int) -> Timeline:
    """When records begin, and which samples of so many leads with so many in each record are missing.

    Raises MalformedError, or InvalidError where more would be missing than is taken.
    """
    keeper = next((signal for signal in header.signals if signal.label in ANNOTATIONS), None)
    if keeper is None:
        if header.discontinuous:
            raise MalformedError("the EDF+D file has no annotations, which say when each data record begins")
        return Timeline(0)
    if not header.discontinuous:
        return Timeline(_onset(body, header, keeper, 0))
    if header.records > _MAX_RECORDS:
        raise refused(f"must have at most {_MAX_RECORDS} data records, as EDF+D", "/leads")
    onsets = [_onset(body, header, keeper, record) for record in range(header.records)]
    return Timeline(onsets[0], _missing(header, onsets, record_samples, leads))


def _missing(header: Header, onsets: list[float], record_samples: int, leads: int) -> Missing | None:
    frequency = float(record_samples / header.seconds)
    begins: list[int] = []
    end = 0
    for record, onset in enumerate(onsets):
        gap = (onset - onsets[0]) * frequency - end
        # Clocks of devices are not exact: less than a sample is no gap, and no overlap.
        if gap <= -1:
            raise MalformedError(
                f"data record {record + 1} of the EDF+D file begins before the one before it ends"
            )
        begins.append(end + (round(gap) if gap >= 1 - _ROUNDING else 0))
        end = begins[-1] + record_samples
        if leads * (end - (record + 1) * record_samples) > _MAX_MISSING:
            detail = f"must not have gaps of more than {_MAX_MISSING} samples: send its parts as files of their own"
            raise refused(detail, "/leads")
    if end == record_samples * len(onsets):
        return None
    missing: NDArray[np.bool_] = np.ones(end, np.bool_)
    for begin in begins:
        missing[begin : begin + record_samples] = False
    return missing


def with_gaps(samples: Samples, missing: Missing) -> Samples:
    """The samples, with 0 where one is missing."""
    spread = np.zeros(len(missing), samples.dtype)
    spread[~missing] = samples
    return narrowest(spread)


def _onset(body: bytes | bytearray, header: Header, keeper: Signal, record: int) -> float:
    start = header.header_bytes + (record * header.record_samples + keeper.begin) * header.sample_bytes
    found = _ONSET.match(body, start, start + keeper.samples * header.sample_bytes)
    if found is None:
        raise MalformedError(
            f"the annotations of data record {record + 1} do not say when it begins", offset=start
        )
    return float(found[1])
