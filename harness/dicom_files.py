"""DICOM ECGs as pydicom writes them, which knows nothing of how they are read here."""

import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import UID, ExplicitVRLittleEndian

INSTANCE = "1.2.826.0.1.3680043.8.498.17"
# What no part of the system beyond the reader may ever see.
PERSONAL = ("Plantedname", "Plantednumber-17", "19700131", "Plantedstreet", "Plantedcomment")


@dataclass
class Group:
    """A multiplex group: a signal a channel, whose names are meanings or pairs of scheme and code."""

    signals: Sequence[Sequence[int]] | NDArray[np.integer[Any]]
    names: Sequence[str | tuple[str, str]] = ("Lead I", "Lead II", "Lead III")
    kind: str = "SS"
    dtype: str = "<i2"
    frequency: str = "500"
    label: str = "RHYTHM"
    originality: str = "ORIGINAL"
    channel: dict[str, Any] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)


def code(value: str, scheme: str, meaning: str) -> Dataset:
    coded = Dataset()
    coded.CodeValue, coded.CodingSchemeDesignator, coded.CodeMeaning = value, scheme, meaning
    return coded


def _channel(name: str | tuple[str, str], told: dict[str, Any]) -> Dataset:
    channel = Dataset()
    source = code("x", "99X", name) if isinstance(name, str) else code(name[1], name[0], "so called here")
    channel.ChannelSourceSequence = Items([source])
    channel.ChannelSensitivity, channel.ChannelBaseline = "1.25", "0"
    channel.ChannelSensitivityCorrectionFactor = "1"
    channel.ChannelSensitivityUnitsSequence = Items([code(told.get("unit", "uV"), "UCUM", "unit")])
    for keyword, value in told.items():
        if keyword != "unit":
            setattr(channel, keyword, value)
    return channel


def _group(group: Group) -> Dataset:
    item = Dataset()
    samples = np.array(group.signals, dtype=group.dtype).T
    item.WaveformOriginality, item.MultiplexGroupLabel = group.originality, group.label
    item.NumberOfWaveformChannels, item.NumberOfWaveformSamples = samples.shape[1], samples.shape[0]
    item.SamplingFrequency = group.frequency
    item.ChannelDefinitionSequence = Items(
        [_channel(name, group.channel) for name in group.names[: samples.shape[1]]]
    )
    item.WaveformBitsAllocated = 8 * samples.dtype.itemsize
    item.WaveformSampleInterpretation = group.kind
    data = samples.tobytes()
    item.add_new(
        "WaveformData", "OB" if samples.dtype.itemsize == 1 else "OW", data + b"\0" * (len(data) % 2)
    )
    for keyword, value in group.more.items():
        if keyword == "WaveformPaddingValue":
            item.add_new(keyword, "OB" if samples.dtype.itemsize == 1 else "OW", value)
        else:
            setattr(item, keyword, value)
    return item


def dataset(*groups: Group, **told: Any) -> Dataset:
    """The data set of an ECG, with what it tells besides."""
    file = Dataset()
    file.SOPClassUID, file.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.9.1.1", INSTANCE
    file.Modality = "ECG"
    file.PatientName, file.PatientID, file.PatientBirthDate, file.PatientAddress, file.PatientComments = (
        PERSONAL
    )
    file.WaveformSequence = Items([_group(group) for group in groups])
    for keyword, value in told.items():
        setattr(file, keyword, value)
    return file


def written(file: Dataset, syntax: str = ExplicitVRLittleEndian, *, endless: bool = False) -> bytes:
    """A file of this transfer syntax. `endless`: its sequences end by a delimiter, and not by their length."""
    if endless:
        _make_endless(file)
    meta = FileMetaDataset()
    meta.TransferSyntaxUID, meta.MediaStorageSOPClassUID = UID(syntax), file.SOPClassUID
    meta.MediaStorageSOPInstanceUID = file.SOPInstanceUID
    out = io.BytesIO()
    with warnings.catch_warnings(action="ignore"):
        file.file_meta, file.preamble = meta, bytes(128)
        file.save_as(out, enforce_file_format=True)
    return out.getvalue()


def _make_endless(file: Dataset) -> None:
    for element in file:
        if element.VR == "SQ":
            element.is_undefined_length = True
            for item in element.value:
                item.is_undefined_length_sequence_item = True
                _make_endless(item)


def ecg(*groups: Group, **told: Any) -> bytes:
    """The same, as it is usually written."""
    return written(dataset(*groups, **told))
