"""Which of a file's multiplex groups are the recording, and the signals of one.

The recording is what is original, and neither a median nor an average; where nothing is original, what is derived and
neither, as a recording that was filtered. Source: DICOM PS3.3, C.10.9, Waveform Module.
"""

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats.broken import refused
from formats.dicom.elements import DataSet, integer_of, text_of
from formats.dicom.tags import Tag, called
from formats.signal import are_samples, as_samples
from schemas.ecg import Missing, Samples, where_any
from schemas.problems import MalformedError

# What a label says of a beat that was made of many.
_OF_MANY = re.compile(r"median|average|mean|template|representative|typical", re.IGNORECASE)
_LAYOUTS = {
    "SB": "i1", "UB": "u1", "SS": "i2", "US": "u2", "SL": "i4", "UL": "u4", "SV": "i8", "UV": "u8",
}  # fmt: skip
_COMPANDED = frozenset({"MB", "AB"})


def recordings(file: DataSet) -> list[DataSet]:
    """The groups that are the recording. Raises MalformedError where there is none."""
    groups = file.sequences.get(Tag.WAVEFORM_SEQUENCE, [])
    if not groups:
        raise MalformedError(f"the DICOM file holds no waveform: it has no {called(Tag.WAVEFORM_SEQUENCE)}")
    whole = [one for one in groups if not _OF_MANY.search(text_of(one, Tag.MULTIPLEX_GROUP_LABEL) or "")]
    original = [one for one in whole if text_of(one, Tag.WAVEFORM_ORIGINALITY) != "DERIVED"]
    if not whole:
        raise MalformedError(
            f"the DICOM file holds median or average beats and no recording, by {called(Tag.MULTIPLEX_GROUP_LABEL)}"
        )
    return original or whole


def signals(group: DataSet) -> list[tuple[Samples, Missing | None]]:
    """The signals of a group, in the order of its channels."""
    channels = integer_of(group, Tag.NUMBER_OF_WAVEFORM_CHANNELS, 2)
    samples = integer_of(group, Tag.NUMBER_OF_WAVEFORM_SAMPLES, 4)
    bits = integer_of(group, Tag.WAVEFORM_BITS_ALLOCATED, 2)
    kind = text_of(group, Tag.WAVEFORM_SAMPLE_INTERPRETATION)
    data = group.elements.get(Tag.WAVEFORM_DATA)
    for tag, told in (
        (Tag.NUMBER_OF_WAVEFORM_CHANNELS, channels),
        (Tag.NUMBER_OF_WAVEFORM_SAMPLES, samples),
        (Tag.WAVEFORM_BITS_ALLOCATED, bits),
        (Tag.WAVEFORM_SAMPLE_INTERPRETATION, kind),
        (Tag.WAVEFORM_DATA, data),
    ):
        if told is None:
            raise MalformedError(f"{called(tag)} of a waveform is missing")
    assert channels is not None
    assert samples is not None
    assert data is not None
    layout = _layout(kind, bits, big_endian=group.big_endian)
    size = channels * samples * layout.itemsize
    # A value has an even number of bytes.
    if len(data.value) not in {size, size + size % 2}:
        what = "fewer" if len(data.value) < size else "more"
        raise MalformedError(
            f"{called(Tag.WAVEFORM_DATA)} holds {what} bytes than its numbers of channels and samples say",
            offset=data.offset,
        )
    values = np.frombuffer(data.value, layout, channels * samples).reshape(samples, channels)
    missing = _missing(group, values)
    return [_signal(values[:, column], missing, column, data.offset) for column in range(channels)]


def _layout(kind: str | None, bits: int | None, *, big_endian: bool) -> np.dtype[np.integer[Any]]:
    if kind in _COMPANDED:
        raise refused(
            f"must not hold samples in µ-law or A-law, by {called(Tag.WAVEFORM_SAMPLE_INTERPRETATION)}: those of an ECG"
            " are linear; export it as SS with 16 bits",
            "/leads",
        )
    layout = np.dtype(_LAYOUTS.get(kind or "", "V")).newbyteorder(">" if big_endian else "<")
    if kind not in _LAYOUTS or 8 * layout.itemsize != bits:
        raise MalformedError(
            f"{called(Tag.WAVEFORM_SAMPLE_INTERPRETATION)} and {called(Tag.WAVEFORM_BITS_ALLOCATED)} name no kind of"
            " sample together"
        )
    return layout


def _missing(group: DataSet, values: NDArray[np.integer[Any]]) -> Missing | None:
    """Where the group's padding value stands."""
    padding = group.elements.get(Tag.WAVEFORM_PADDING_VALUE)
    if padding is None or not padding.value:
        return None
    # One of 8 bits is filled up to an even number of bytes.
    size = values.dtype.itemsize
    if len(padding.value) not in {size, size + size % 2}:
        raise MalformedError(f"{called(Tag.WAVEFORM_PADDING_VALUE)} is not one sample", offset=padding.offset)
    missing: Missing = values == np.frombuffer(padding.value, values.dtype, 1)
    return where_any(missing)


def _signal(
    column: NDArray[np.integer[Any]], missing: Missing | None, number: int, offset: int
) -> tuple[Samples, Missing | None]:
    gaps = None if missing is None else where_any(missing[:, number].copy())
    values = column if gaps is None else np.where(gaps, 0, column)
    if values.dtype.itemsize >= 4 and not are_samples(values).all():
        raise MalformedError(
            f"{called(Tag.WAVEFORM_DATA)} holds a sample beyond 32 bits in channel {number + 1}",
            offset=offset,
        )
    return as_samples(values), gaps
