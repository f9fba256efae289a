"""Segments fit in an event each, and joined in order they are the whole."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.ecg import Ecg, Lead
from schemas.segments import split
from schemas.uploaded import MAX_VALUE_BYTES, Uploaded, encode_uploaded
from tests.unit.schemas.strategies import ecgs, same_leads, sample_provenance


def check(ecg: Ecg) -> int:
    """That the segments of `ecg` keep their promise; how many there are."""
    segments = split(ecg)
    for number, leads in enumerate(segments):
        origin = sample_provenance(segment=number, segments=len(segments))
        assert len(encode_uploaded(Uploaded(origin, leads)).value or b"") <= MAX_VALUE_BYTES
        assert [lead.name for lead in leads] == [lead.name for lead in ecg.leads]
    for index, lead in enumerate(ecg.leads):
        joined = np.concatenate([leads[index].signal for leads in segments])
        assert np.array_equal(joined, lead.signal)
    return len(segments)


@given(ecgs())
def test_what_fits_in_one_event_stays_whole(ecg: Ecg) -> None:
    (leads,) = split(ecg)
    assert same_leads(leads, ecg.leads)


@pytest.mark.parametrize(
    ("lengths", "dtype", "segments"),
    [
        ([600_000], np.int16, 2),
        ([600_000], np.int32, 3),
        ([650_000, 650_000], np.int16, 3),
        ([1_000_000, 0, 3], np.int16, 6),
        ([0], np.int32, 1),
        ([1_000] * 600, np.int16, 2),
    ],
)
def test_what_does_not_fit_is_split_by_time(lengths: list[int], dtype: type[np.int16], segments: int) -> None:
    leads = tuple(Lead(str(n), np.arange(length).astype(dtype)) for n, length in enumerate(lengths))
    assert check(Ecg(leads)) == segments


@given(
    st.integers(1, 400),
    st.integers(0, 4_000),
    st.integers(0, 80),
    st.sampled_from([np.int16, np.int32]),
)
def test_every_segment_fits_however_many_leads_there_are(
    count: int, samples: int, name_length: int, dtype: type[np.int16]
) -> None:
    signal = np.zeros(samples, dtype=dtype)
    leads = tuple(Lead(f"{n}" + "é" * name_length, signal, 1.0, 1, "mV") for n in range(count))
    check(Ecg(leads))


def test_a_limit_is_used_to_the_last_kilobytes() -> None:
    first, *_ = split(Ecg((Lead("I", np.zeros(2_000_000, dtype=np.int16)),)))
    value = encode_uploaded(Uploaded(sample_provenance(segments=4), first)).value
    assert len(value or b"") > MAX_VALUE_BYTES - 8_192


def test_names_that_fill_an_event_are_refused() -> None:
    leads = tuple(Lead(f"{n}" + "x" * 4_000, np.zeros(9, dtype=np.int16)) for n in range(400))
    with pytest.raises(ValueError, match="names"):
        split(Ecg(leads))
