"""The fingerprint of a recording: one for one content, another for any change, frozen for ever."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given

from schemas.content_hash import content_hash
from schemas.ecg import Ecg, Lead
from tests.unit.schemas.strategies import ecgs, lead

PLAIN = Ecg(
    (
        Lead("I", np.array([12, -3, 0], dtype=np.int16), adc_gain=200.0, baseline=1024, units="mV"),
        Lead("Vö", np.array([2**31 - 1, -(2**31)], dtype=np.int32)),
    ),
    date=1_795_422_600_000_000,
    sampling_frequency=500.0,
)

# Never to be changed: a hash that moves turns every retry after an upgrade into a conflict.
GOLDEN = [
    (Ecg(()), "3254b5c4aa411771b8935c947b74ac1c7515d3abee4784d80550cfbf85e6a40c"),
    (Ecg((lead("I"),)), "bead46eb6a4ea9b74d17ab2b81c9cd336aa89a11d7d3e906af910baa8bbd408d"),
    (PLAIN, "88b88cc866280d4c8d31f3f7454d48e01b98c059029669cd2c1043b1130635f1"),
]


@pytest.mark.parametrize(("ecg", "expected"), GOLDEN, ids=["no lead", "an empty lead", "two leads"])
def test_the_hash_is_what_it_has_always_been(ecg: Ecg, expected: str) -> None:
    assert content_hash(ecg) == expected


@given(ecgs())
def test_width_and_layout_of_the_samples_do_not_matter(ecg: Ecg) -> None:
    def wide(one: Lead) -> Lead:
        return dataclasses.replace(one, signal=one.signal.astype(np.int32))

    def strided(one: Lead) -> Lead:
        return dataclasses.replace(one, signal=np.repeat(one.signal.astype(np.int32), 2)[::2])

    def backwards(one: Lead) -> Lead:
        return dataclasses.replace(one, signal=one.signal[::-1].copy()[::-1])

    for change in (wide, strided, backwards):
        assert content_hash(dataclasses.replace(ecg, leads=tuple(map(change, ecg.leads)))) == content_hash(
            ecg
        )


def changed(position: int = 0, **fields: object) -> Ecg:
    leads = list(PLAIN.leads)
    leads[position] = dataclasses.replace(leads[position], **fields)  # type: ignore[arg-type]
    return dataclasses.replace(PLAIN, leads=tuple(leads))


def test_every_change_is_another_hash() -> None:
    first, second = PLAIN.leads
    others = [
        PLAIN,
        dataclasses.replace(PLAIN, date=None),
        dataclasses.replace(PLAIN, date=1_795_422_600_000_001),
        dataclasses.replace(PLAIN, sampling_frequency=None),
        dataclasses.replace(PLAIN, sampling_frequency=500.001),
        dataclasses.replace(PLAIN, leads=(first,)),
        dataclasses.replace(PLAIN, leads=(second, first)),
        changed(name="II"),
        changed(adc_gain=None),
        changed(adc_gain=200.5),
        changed(baseline=None),
        changed(baseline=0),
        changed(units=None),
        changed(units=""),
        changed(units="uV"),
        changed(signal=np.array([12, -3, 1], dtype=np.int16)),
        changed(signal=np.array([12, -3], dtype=np.int16)),
        changed(signal=np.array([-3, 12, 0], dtype=np.int16)),
        changed(position=1, baseline=0),
    ]
    hashes = [content_hash(ecg) for ecg in others]
    assert len(set(hashes)) == len(hashes)


def test_samples_do_not_move_between_leads_unseen() -> None:
    one = Ecg((lead("a", 1, 2), lead("b", 3)))
    other = Ecg((lead("a", 1), lead("b", 2, 3)))
    assert content_hash(one) != content_hash(other)
