"""Any ECG, lead or provenance that the contracts allow, and the extremes first."""

import dataclasses
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import numpy as np
from hypothesis import strategies as st

from schemas.ecg import SAMPLE_MAX, SAMPLE_MIN, Ecg, Lead, Samples, exact_baseline, narrowest, where_any
from schemas.ids import ECG_ID_PATTERN
from schemas.uploaded import Provenance, Uploaded

_INT16 = np.iinfo(np.int16)
DATES = st.integers(-62_135_596_800_000_000, 253_402_300_799_999_999)
ACCEPTED = st.integers(0, 253_402_300_799_999_999)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
ECG_IDS = st.from_regex(ECG_ID_PATTERN, fullmatch=True)
HASHES = st.text("0123456789abcdef", min_size=64, max_size=64)
POSITIVE = st.floats(0, exclude_min=True, allow_nan=False, allow_infinity=False)
TRACEPARENTS = st.just("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")


BASELINES = st.integers(SAMPLE_MIN, SAMPLE_MAX) | st.floats(SAMPLE_MIN, SAMPLE_MAX).map(exact_baseline)


def with_gaps(lead: Lead, places: Iterable[int]) -> Lead:
    """The lead without its samples at these places, of those that it has."""
    missing = np.isin(np.arange(len(lead.signal)), list(places))
    signal = lead.signal.copy()
    signal[missing] = 0
    return dataclasses.replace(lead, signal=signal, missing=where_any(missing))


def told_samples(lead: Lead) -> list[int | None]:
    """The samples as JSON has them."""
    missing = np.zeros(len(lead.signal), np.bool_) if lead.missing is None else lead.missing
    return [None if gap else int(sample) for sample, gap in zip(lead.signal, missing, strict=True)]


@st.composite
def signals(draw: st.DrawFn, max_size: int = 12) -> Samples:
    """int16 or int32 samples with the ends of their range in them as often as not."""
    narrow = draw(st.booleans())
    low, high = (_INT16.min, _INT16.max) if narrow else (SAMPLE_MIN, SAMPLE_MAX)
    values = st.sampled_from([int(low), int(high), 0, -1, 1]) | st.integers(int(low), int(high))
    samples = draw(st.lists(values, max_size=max_size))
    return np.array(samples, dtype=np.int16) if narrow else np.array(samples, dtype=np.int32)


def leads(max_leads: int = 4) -> st.SearchStrategy[tuple[Lead, ...]]:
    """One lead or more, each with a name of its own."""
    lead = st.builds(
        Lead,
        name=TEXT,
        signal=signals(),
        adc_gain=st.none() | POSITIVE,
        baseline=st.none() | BASELINES,
        units=st.none() | TEXT,
    )
    lead = st.builds(with_gaps, lead, st.sets(st.integers(0, 11), max_size=3))
    several = st.lists(lead, min_size=1, max_size=max_leads, unique_by=lambda one: one.name)
    return several.map(tuple)


def ecgs() -> st.SearchStrategy[Ecg]:
    """Whole recordings."""
    return st.builds(Ecg, leads=leads(), date=st.none() | DATES, sampling_frequency=st.none() | POSITIVE)


@st.composite
def provenances(draw: st.DrawFn) -> Provenance:
    """All that may be known of an upload."""
    segments = draw(st.integers(1, 100_000))
    optional: dict[str, Any] = {
        "sampling_frequency": draw(st.none() | POSITIVE),
        "traceparent": draw(st.none() | TRACEPARENTS),
        "position": draw(st.integers(0, 2**63 - 1)),
        "device_id": draw(st.none() | st.uuids()),
    }
    return Provenance(
        owner_id=draw(st.uuids()),
        ecg_id=draw(ECG_IDS),
        content_hash=draw(HASHES),
        accepted_at=draw(ACCEPTED),
        date=draw(DATES),
        date_source=draw(st.sampled_from(["client", "server", "doubtful"])),
        number_of_samples=draw(st.integers(0, 2**63 - 1)),
        segment=draw(st.integers(0, segments - 1)),
        segments=segments,
        **optional,
    )


def sample_provenance(**changes: Any) -> Provenance:
    """One plain provenance, with what a test wants otherwise."""
    fields: dict[str, Any] = {
        "owner_id": UUID("6f1e1d2c-3b4a-4958-8776-a5b4c3d2e1f0"),
        "ecg_id": "ecg-17",
        "content_hash": "ab" * 32,
        "accepted_at": 1_795_422_600_000_001,
        "date": 1_795_422_600_000_000,
        "date_source": "client",
        "number_of_samples": 4,
    }
    return Provenance(**(fields | changes))


def lead(name: str, *samples: int, **known: Any) -> Lead:
    """A lead of these samples, in the width they need."""
    return Lead(name, narrowest(np.array(samples, dtype=np.int32)), **known)


def sample_upload() -> Uploaded:
    """One plain upload event of two leads."""
    return Uploaded(sample_provenance(), (lead("I", 1, -1, 3), lead("II", 7, baseline=5, units="mV")))


def same_leads(some: tuple[Lead, ...], others: tuple[Lead, ...]) -> bool:
    """Whether two sets of leads say the same, whatever width their samples travel in."""

    def told(one: Lead) -> tuple[object, ...]:
        return one.name, told_samples(one), one.adc_gain, one.baseline, one.units

    return [told(one) for one in some] == [told(one) for one in others]
