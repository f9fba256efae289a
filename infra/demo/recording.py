"""A real 12-lead ECG, as a device would post it: pydicom's `waveform_ecg.dcm`, 12 leads of 10 s."""

import re
from datetime import UTC, datetime
from typing import Any

import pydicom
from pydicom.data import get_testdata_file
from pydicom.waveforms.numpy_handler import multiplex_array

FILE = "waveform_ecg.dcm"
ID = "waveform-ecg"
RHYTHM = 0  # the recording itself; the file's second group is a median beat
MICROVOLTS_PER_MILLIVOLT = 1000


def recording() -> dict[str, Any]:
    """The body of its upload.

    `adc_gain` is in ADC units per mV, from the channel's sensitivity (DICOM: physical value of one ADC unit);
    `baseline` is the ADC value of 0 mV, from the channel's baseline (DICOM: physical value of ADC value 0).
    """
    path = get_testdata_file(FILE, download=False)
    file = pydicom.dcmread(str(path))
    group = file.WaveformSequence[RHYTHM]
    signals = multiplex_array(file, RHYTHM, as_raw=True)
    leads = []
    for column, channel in enumerate(group.ChannelDefinitionSequence):
        assert channel.ChannelSensitivityUnitsSequence[0].CodeValue == "uV"
        microvolts = float(channel.ChannelSensitivity) * float(channel.ChannelSensitivityCorrectionFactor)
        leads.append(
            {
                "name": lead_name(channel.ChannelSourceSequence[0].CodeMeaning),
                "number_of_samples": int(group.NumberOfWaveformSamples),
                "signal": signals[:, column].tolist(),
                "adc_gain": MICROVOLTS_PER_MILLIVOLT / microvolts,
                "baseline": round(-float(channel.ChannelBaseline) / microvolts),
            }
        )
    # The file names no time zone; UTC stands for it.
    taken = datetime.strptime(file.AcquisitionDateTime, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    return {
        "id": ID,
        "date": taken.isoformat().replace("+00:00", "Z"),
        "sampling_frequency": float(group.SamplingFrequency),
        "leads": leads,
    }


def lead_name(meaning: str) -> str:
    """The short name of a lead: "I" of "Lead I (Einthoven)"."""
    return re.sub(r"^Lead | \(.*\)$", "", meaning)
