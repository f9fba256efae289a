"""A DICOM ECG of any kind (12-lead, general, ambulatory, 32-bit, rhythm strip) as an ECG."""

from fractions import Fraction

from formats.broken import refused
from formats.dicom.dates import acquired_at
from formats.dicom.elements import DataSet, is_dicom, read_file, text_of
from formats.dicom.groups import recordings, signals
from formats.dicom.tags import WANTED, Tag, called
from formats.file_format import FileFormat
from formats.leads import by_code, by_spelling, numbered
from formats.physical import calibration, exact
from formats.upload import Body, DecodedUpload
from schemas.ecg import Ecg, Lead, Missing, Samples
from schemas.problems import MalformedError

# Of names alone; of others than these what is not ASCII stays unread.
_ENCODINGS = {"ISO_IR 100": "latin-1", "ISO_IR 192": "utf-8", "GB18030": "gb18030"}


def read(body: Body) -> DecodedUpload:
    """The recording in a DICOM file, its id the SOP instance UID.

    `adc_gain` is from the channel's sensitivity (physical value of one ADC unit), `baseline` from the channel's
    baseline (physical value of ADC value 0). Raises MalformedError or InvalidError.
    """
    file = read_file(body, WANTED)
    encoding = _ENCODINGS.get(text_of(file, Tag.SPECIFIC_CHARACTER_SET) or "", "ascii")
    groups = recordings(file)
    frequencies = {_positive(group, Tag.SAMPLING_FREQUENCY) for group in groups}
    if len(frequencies) > 1:
        detail = f"must not hold groups of different {called(Tag.SAMPLING_FREQUENCY)}: export each as a file of its own"
        raise refused(detail, "/sampling_frequency")
    leads = [lead for group in groups for lead in _leads(group, encoding)]
    names = numbered(lead.name for lead in leads)
    return DecodedUpload(
        id=text_of(file, Tag.SOP_INSTANCE_UID),
        ecg=Ecg(
            leads=tuple(
                Lead(name, lead.signal, lead.adc_gain, lead.baseline, lead.units, lead.missing)
                for name, lead in zip(names, leads, strict=True)
            ),
            date=acquired_at(file),
            sampling_frequency=frequencies.pop(),
        ),
    )


def _leads(group: DataSet, encoding: str) -> list[Lead]:
    channels = group.sequences.get(Tag.CHANNEL_DEFINITION_SEQUENCE, [])
    found = signals(group)
    if len(channels) != len(found):
        raise MalformedError(
            f"{called(Tag.CHANNEL_DEFINITION_SEQUENCE)} has not as many items as"
            f" {called(Tag.NUMBER_OF_WAVEFORM_CHANNELS)} says"
        )
    return [
        _lead(channel, number, encoding, *signal)
        for number, (channel, signal) in enumerate(zip(channels, found, strict=True), 1)
    ]


def _lead(channel: DataSet, number: int, encoding: str, signal: Samples, missing: Missing | None) -> Lead:
    name = _name(channel, number, encoding)
    step = _decimal(channel, Tag.CHANNEL_SENSITIVITY)
    if step is None:
        return Lead(name, signal, missing=missing)
    factor = _decimal(channel, Tag.CHANNEL_SENSITIVITY_CORRECTION_FACTOR)
    step *= 1 if factor is None else factor
    if not step:
        raise MalformedError(
            f"{called(Tag.CHANNEL_SENSITIVITY)} of channel {number} is 0, so that its samples have no size",
            offset=channel.elements[Tag.CHANNEL_SENSITIVITY].offset,
        )
    zero = -(_decimal(channel, Tag.CHANNEL_BASELINE) or 0) / step
    units = _coded(channel, Tag.CHANNEL_SENSITIVITY_UNITS_SEQUENCE)
    try:
        size = calibration(step, zero, text_of(units, Tag.CODE_VALUE, encoding) or "")
    except ValueError:
        raise MalformedError(
            f"{called(Tag.CHANNEL_BASELINE)} of channel {number} lies beyond 32 bits of its sensitivity"
        ) from None
    return Lead(name, signal, size.gain, size.baseline, size.units, missing)


def _name(channel: DataSet, number: int, encoding: str) -> str:
    """By its code, else as it is told."""
    source = _coded(channel, Tag.CHANNEL_SOURCE_SEQUENCE)
    code, scheme = text_of(source, Tag.CODE_VALUE), text_of(source, Tag.CODING_SCHEME_DESIGNATOR)
    meaning = text_of(source, Tag.CODE_MEANING, encoding)
    label = text_of(channel, Tag.CHANNEL_LABEL, encoding)
    return by_code(scheme or "", code or "") or by_spelling(meaning or label or f"channel {number}")


def _coded(channel: DataSet, tag: Tag) -> DataSet:
    items = channel.sequences.get(tag)
    return items[0] if items else DataSet()


def _positive(group: DataSet, tag: Tag) -> float:
    value = _decimal(group, tag)
    if value is None or value <= 0:
        raise MalformedError(f"{called(tag)} of a waveform is missing, or not more than 0")
    return float(value)


def _decimal(data_set: DataSet, tag: Tag) -> Fraction | None:
    """A number exactly as its digits have it; None where there is none."""
    text = text_of(data_set, tag)
    if text is None:
        return None
    try:
        return exact(text)
    except ValueError:
        offset = data_set.elements[tag].offset
        raise MalformedError(f"{called(tag)} is no decimal number", offset=offset) from None


_ABOUT = """
A DICOM file with a Waveform Sequence, as an electrocardiograph exports it:
`curl --data-binary @ecg.dcm -H "Content-Type: application/dicom"`.

Its original multiplex groups are the ECG, whatever their order, and those that carry different leads are one; a median
or average beat is not. Samples of 8 to 64 bits, signed or not, as far as their values fit 32 bits; those that are the
padding value are missing. `id` is its SOP Instance UID, `date` the acquisition's, in UTC where no time zone is told.
Leads have their standard names, by their code (MDC, SCP-ECG) or their spelling. Not taken: µ-law and A-law, groups of
different sampling frequencies, deflated files. Nothing of the patient is read.
"""
DICOM = FileFormat("DICOM", ("application/dicom",), is_dicom, read, _ABOUT)
