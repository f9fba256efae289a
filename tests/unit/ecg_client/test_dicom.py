"""A damaged DICOM file is one line, which holds nothing of it, and the files behind it are sent."""

import io
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pydicom
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from pydicom.data import get_testdata_file

from ecg_client.command import ecg
from ecg_client.dicom import read_dicom
from ecg_client.encoding import encode
from ecg_client.errors import RecordingError
from tests.unit.ecg_client.scripted import Scripted
from tests.unit.ecg_client.test_clients import KEPT

SAMPLES = 16
SAID = {
    "the DICOM file holds no waveform that can be read",
    "the DICOM file has a channel whose sensitivity is 0 or no number",
    "the DICOM file's samples are companded, which those of an ECG may not be",
}


@cache
def small() -> bytes:
    """pydicom's 12-lead ECG, the first samples of its rhythm alone."""
    file = pydicom.dcmread(str(get_testdata_file("waveform_ecg.dcm", download=False)))
    group = file.WaveformSequence[0]
    width = 2 * group.NumberOfWaveformChannels
    group.NumberOfWaveformSamples = SAMPLES
    group.WaveformData = group.WaveformData[: SAMPLES * width]
    file.WaveformSequence = [group]
    return written(file)


def written(file: pydicom.FileDataset) -> bytes:
    out = io.BytesIO()
    file.save_as(out)
    return out.getvalue()


def changed(change: Callable[[Any], object]) -> bytes:
    file = pydicom.dcmread(io.BytesIO(small()))
    change(file.WaveformSequence[0])
    return written(file)


def sensitivity(value: object) -> bytes:
    return changed(lambda group: setattr(group.ChannelDefinitionSequence[3], "ChannelSensitivity", value))


def said_of(content: bytes) -> str | None:
    """What is said of a file that cannot be sent. Any other error, and any warning, fails the test."""
    try:
        encode(read_dicom(content))
    except RecordingError as error:
        return str(error)
    return None


def test_the_file_that_is_damaged_below_is_a_good_one() -> None:
    assert said_of(small()) is None


@pytest.mark.parametrize("value", [0, "0.0"])
def test_a_sensitivity_of_zero_is_told(value: object) -> None:
    assert said_of(sensitivity(value)) == "the DICOM file has a channel whose sensitivity is 0 or no number"


@pytest.mark.parametrize("interpretation", ["MB", "AB"])
def test_companded_samples_are_not_taken_for_linear_ones(interpretation: str) -> None:
    def compand(group: Any) -> None:
        group.WaveformSampleInterpretation = interpretation
        group.WaveformBitsAllocated = 8
        group.NumberOfWaveformSamples = 2 * SAMPLES

    assert "companded" in (said_of(changed(compand)) or "")


def test_a_value_of_a_wrong_length_is_not_quoted() -> None:
    """pydicom puts the bytes into its BytesLengthException, which is no ValueError."""
    # The element NumberOfWaveformSamples (003A,0010), an unsigned long: four bytes become three and one of padding.
    element = b"\x3a\x00\x10\x00UL\x04\x00"
    content = small().replace(element, element[:-2] + b"\x03\x00")
    assert content != small()
    assert said_of(content) == "the DICOM file holds no waveform that can be read"


@given(st.integers(0, len(small()) - 1))
def test_a_file_that_is_cut_is_one_sentence(end: int) -> None:
    assert said_of(small()[:end]) in SAID | {None}


@given(st.lists(st.tuples(st.integers(132, len(small()) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_whatever_bytes_are_wrong_it_is_one_sentence_and_no_byte_of_them(
    damage: list[tuple[int, int]],
) -> None:
    content = bytearray(small())
    for place, byte in damage:
        content[place] = byte
    with warnings.catch_warnings(action="error"):
        said = said_of(bytes(content))
    assert said is None or said in SAID or said.startswith(("/leads/", "the recording holds"))


def test_the_other_files_are_sent(tmp_path: Path, server: Scripted) -> None:
    good, bad, cut = tmp_path / "good.dcm", tmp_path / "bad.dcm", tmp_path / "cut.dcm"
    good.write_bytes(small())
    bad.write_bytes(sensitivity(0))
    cut.write_bytes(small()[:-40])
    server.play(KEPT, KEPT)
    services = ["--ingest", server.url, "--query", server.url, "--retry-seconds", "0"]

    sent = CliRunner().invoke(
        ecg, [*services, "upload", *map(str, (bad, good, cut, good))], env={"ECG_TOKEN": "secret-token"}
    )

    assert sent.exit_code == 1
    assert sent.stdout == f"{good}  accepted as key-1\n" * 2
    assert sent.stderr.splitlines() == [
        f"{bad}: the DICOM file has a channel whose sensitivity is 0 or no number.",
        f"{cut}: the DICOM file holds no waveform that can be read.",
    ]
