"""The fingerprint of a recording: one for one content, another for any change, frozen for ever."""

import dataclasses
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from schemas.content_hash import content_hash
from schemas.ecg import Ecg, Lead
from tests.unit.schemas.strategies import ecgs, lead, told_samples, with_gaps

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
    (Ecg(()), "97c81ecfe6eb55a9eeca4c7d780f1df0308f0451f5d5e23eaa1a7722497bb124"),
    (Ecg((lead("I"),)), "596d3184445173913c534414ca324ddc4531eaaf41279f861bc9fc9245139f9b"),
    (PLAIN, "9b22a7a647a554995abfa7575a2552f94ec0eb67be9b214e5f51fdffbce09809"),
]


@pytest.mark.parametrize(("ecg", "expected"), GOLDEN, ids=["no lead", "an empty lead", "two leads"])
def test_the_hash_is_what_it_has_always_been(ecg: Ecg, expected: str) -> None:
    assert content_hash(ecg) == expected


_PAGE = (Path(__file__).parents[3] / "docs" / "content-hash.md").read_text(encoding="utf-8")
VECTORS = re.findall(
    r"^\| ([^|]+) \| `(.+)` \| (\d*) \| ([\d.]*) \| `([0-9a-f]{64})` \|$", _PAGE, re.MULTILINE
)


def recipe() -> Callable[..., str]:
    """What the page tells an analyst to run."""
    found: dict[str, Any] = {}
    code = re.search(r"```python\n(.*?)```", _PAGE, re.DOTALL)
    assert code is not None
    exec(code[1], found)
    hashed: Callable[..., str] = found["content_hash"]
    return hashed


RECIPE = recipe()


def of_json(
    name: str, gain: float | None, baseline: float | None, units: str | None, signal: list[Any]
) -> Lead:
    gaps = [place for place, sample in enumerate(signal) if sample is None]
    one = lead(name, *(sample or 0 for sample in signal), adc_gain=gain, baseline=baseline, units=units)
    return with_gaps(one, gaps)


@pytest.mark.parametrize(("_name", "leads", "date", "frequency", "expected"), VECTORS)
def test_the_vectors_of_the_page_hold(
    _name: str, leads: str, date: str, frequency: str, expected: str
) -> None:
    told = int(date) if date else None, float(frequency) if frequency else None
    assert content_hash(Ecg(tuple(of_json(*one) for one in json.loads(leads)), *told)) == expected
    assert RECIPE(json.loads(leads), *told) == expected


def test_the_page_has_vectors() -> None:
    assert len(VECTORS) == _PAGE.count("` |\n") >= 6


@given(ecgs())
def test_the_page_s_recipe_is_right_of_any_recording(ecg: Ecg) -> None:
    leads = [(one.name, one.adc_gain, one.baseline, one.units, told_samples(one)) for one in ecg.leads]
    assert RECIPE(leads, ecg.date, ecg.sampling_frequency) == content_hash(ecg)


@given(ecgs())
def test_width_and_layout_of_the_samples_do_not_matter(ecg: Ecg) -> None:
    def wide(one: Lead) -> Lead:
        return dataclasses.replace(one, signal=one.signal.astype(np.int32))

    def strided(one: Lead) -> Lead:
        missing = None if one.missing is None else np.repeat(one.missing, 2)[::2]
        return dataclasses.replace(
            one, signal=np.repeat(one.signal.astype(np.int32), 2)[::2], missing=missing
        )

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
        changed(baseline=1023.5),
        changed(signal=np.array([12, -3, 0, 0], dtype=np.int16)),
        changed(missing=np.array([False, False, True])),
        changed(signal=np.array([0, -3, 0], dtype=np.int16), missing=np.array([True, False, False])),
        changed(position=1, baseline=0),
    ]
    hashes = [content_hash(ecg) for ecg in others]
    assert len(set(hashes)) == len(hashes)


def test_samples_do_not_move_between_leads_unseen() -> None:
    one = Ecg((lead("a", 1, 2), lead("b", 3)))
    other = Ecg((lead("a", 1), lead("b", 2, 3)))
    assert content_hash(one) != content_hash(other)
