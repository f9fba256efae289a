"""A DICOM ECG (12-lead, general or ambulatory) as a recording: its first multiplex group, the rhythm.

Source: DICOM PS3.3 C.10.9, Waveform Module. Reads with pydicom, which is an extra of its own.
"""

import io
import math
import re
import warnings
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from ecg_client.errors import RecordingError
from ecg_client.recording import Lead, Recording

MAGIC_OFFSET_BYTES = 128
MAGIC = b"DICM"
# The recording itself; further groups are derived, such as a median beat.
_RHYTHM = 0
# What ECGs may not use, and what would be read as if it were linear (PS3.3 C.10.9.1.4.8).
_COMPANDED = frozenset({"MB", "AB"})
_MILLIVOLTS = {"uV": 0.001, "mV": 1.0, "V": 1000.0}
_DATE_TIME = re.compile(r"(\d{14})(?:\.(\d{1,6}))?([+-]\d{4})?")


def is_dicom(content: bytes) -> bool:
    """Whether this is a DICOM file."""
    return content[MAGIC_OFFSET_BYTES : MAGIC_OFFSET_BYTES + len(MAGIC)] == MAGIC


def read_dicom(content: bytes) -> Recording:
    """The recording in a DICOM file, its id the SOP instance UID. Raises RecordingError.

    `adc_gain` is from the channel's sensitivity (physical value of one ADC unit), `baseline` from the channel's
    baseline (physical value of ADC value 0). A date that names no time zone is taken as UTC.
    """
    try:
        import pydicom  # noqa: PLC0415 - an extra that JSON does not need
        from pydicom.waveforms.numpy_handler import multiplex_array  # noqa: PLC0415
    except ImportError:
        raise RecordingError("DICOM is read with pydicom, which is not installed") from None
    try:
        with warnings.catch_warnings(action="ignore"):
            file = pydicom.dcmread(io.BytesIO(content))
            group = file.WaveformSequence[_RHYTHM]
            if group.WaveformSampleInterpretation in _COMPANDED:
                raise RecordingError(
                    "the DICOM file's samples are companded, which those of an ECG may not be"
                )
            signals = multiplex_array(file, _RHYTHM, as_raw=True)
            leads = [
                _lead(channel, signals[:, column])
                for column, channel in enumerate(group.ChannelDefinitionSequence)
            ]
            return Recording(
                id=str(file.SOPInstanceUID),
                date=_date(file),
                sampling_frequency=float(group.SamplingFrequency),
                leads=leads,
            )
    except RecordingError:
        raise
    except Exception:  # noqa: BLE001 - pydicom names no end of errors for a damaged file
        # Their text, as that of the warnings above, may quote what the file says of a patient.
        raise RecordingError("the DICOM file holds no waveform that can be read") from None


def lead_name(meaning: str) -> str:
    """The short name of a lead: "I" of "Lead I (Einthoven)"."""
    return re.sub(r"^Lead | \(.*\)$", "", meaning)


def _lead(channel: Any, signal: Any) -> Lead:
    name = lead_name(str(channel.ChannelSourceSequence[0].CodeMeaning))
    if "ChannelSensitivity" not in channel:
        return Lead(name=name, signal=signal)
    unit = str(channel.ChannelSensitivityUnitsSequence[0].CodeValue)
    step = float(channel.ChannelSensitivity) * float(channel.get("ChannelSensitivityCorrectionFactor", 1))
    if not step or not math.isfinite(step):
        raise RecordingError("the DICOM file has a channel whose sensitivity is 0 or no number")
    baseline = _baseline(channel)
    if unit not in _MILLIVOLTS:
        return Lead(name=name, signal=signal, adc_gain=1 / step, baseline=baseline, units=unit)
    # Divided this way round, 1.25 microvolts make exactly 800 ADC units per mV.
    return Lead(name=name, signal=signal, adc_gain=1 / _MILLIVOLTS[unit] / step, baseline=baseline)


def _baseline(channel: Any) -> float:
    """The ADC value of 0 mV, exactly as the file's decimals have it: what is whole must not come out beside it."""
    zero, step, factor = (
        Fraction(repr(float(channel.get(name, otherwise))))
        for name, otherwise in (
            ("ChannelBaseline", 0),
            ("ChannelSensitivity", 1),
            ("ChannelSensitivityCorrectionFactor", 1),
        )
    )
    return float(-zero / (step * factor))


def _date(file: Any) -> datetime | None:
    found = _DATE_TIME.fullmatch(str(file.get("AcquisitionDateTime", "")).strip())
    if found is None:
        return None
    seconds, fraction, offset = found.groups()
    return datetime.strptime(f"{seconds}.{fraction or 0}{offset or '+0000'}", "%Y%m%d%H%M%S.%f%z").astimezone(
        UTC
    )
