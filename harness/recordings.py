"""Real recordings as a device would post them, read from files outside the repository."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.reference_count import zero_crossings
from infra.paths import REPOSITORY

DATA = Path(os.environ.get("ECG_TEST_DATA", REPOSITORY.parent / "shared" / "data"))
CINC_RECORDS = [f"E0750{number}" for number in range(5)]

# The header of a MATLAB v4 file with one matrix named "val".
_MATLAB_HEADER_BYTES = 24


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording: `signals[name]` are ADC values, `baseline` their value of 0 mV."""

    name: str
    sampling_frequency: float
    adc_gain: float
    baseline: int
    signals: dict[str, Sequence[int]]

    def upload(self, **more: Any) -> dict[str, Any]:
        """The JSON body of its upload."""
        return {
            "id": self.name,
            "sampling_frequency": self.sampling_frequency,
            "adc_gain": self.adc_gain,
            "baseline": self.baseline,
            "leads": [
                {"name": name, "number_of_samples": len(signal), "signal": list(signal)}
                for name, signal in self.signals.items()
            ],
            **more,
        }

    def expected(self) -> list[tuple[str, int, int]]:
        """Of every lead its name, length and zero crossings, counted by the definition."""
        return [
            (name, len(signal), zero_crossings(signal, self.baseline))
            for name, signal in self.signals.items()
        ]


def needs_data() -> Path:
    """The folder of recordings; skips the test where it is absent."""
    if not DATA.is_dir():
        pytest.skip("the folder of real recordings is not here")
    return DATA


def case(name: str) -> bytes:
    """A small file of a kind that failed in the field; skips the test where there is none."""
    file = needs_data().parent / "cases" / name
    if not file.exists():
        pytest.skip("the folder of files that failed is not here")
    return file.read_bytes()


def cinc(name: str) -> Recording:
    """A 12-lead record of the PhysioNet/CinC Challenge 2021: MATLAB v4, int16, a column a sample."""
    folder = needs_data() / "cinc2021"
    header = (folder / f"{name}.hea").read_text().splitlines()
    _, leads, frequency, length = header[0].split()[:4]
    names = [line.split()[-1] for line in header[1 : int(leads) + 1]]
    raw = np.fromfile(folder / f"{name}.mat", dtype="<i2", offset=_MATLAB_HEADER_BYTES)
    columns = raw.reshape(int(length), int(leads)).T
    signals = {lead: column.tolist() for lead, column in zip(names, columns, strict=True)}
    return Recording(name, float(frequency), 1000.0, 0, signals)


def mitdb_100() -> Recording:
    """Record 100 of the MIT-BIH Arrhythmia Database: WFDB format 212, two 12-bit samples in three bytes."""
    raw = np.fromfile(needs_data() / "mitdb" / "100.dat", dtype=np.uint8).reshape(-1, 3).astype(np.int32)
    first = raw[:, 0] | (raw[:, 1] & 0x0F) << 8
    second = raw[:, 2] | (raw[:, 1] & 0xF0) << 4
    signals = {
        name: ((samples + 2048) % 4096 - 2048).tolist() for name, samples in (("MLII", first), ("V5", second))
    }
    return Recording("mitdb-100", 360.0, 200.0, 1024, signals)
