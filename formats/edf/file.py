"""An EDF, EDF+, BDF or BDF+ file as an ECG: its ordinary signals are the leads."""

from fractions import Fraction

from formats.broken import refused
from formats.edf.dates import began_at
from formats.edf.header import Header, Signal, is_edf, read_header
from formats.edf.records import ANNOTATIONS, samples_of, timeline, with_gaps
from formats.file_format import FileFormat
from formats.leads import by_spelling, numbered
from formats.physical import Calibration, calibration
from formats.upload import Body, DecodedUpload
from schemas.ecg import Ecg, Lead
from schemas.problems import MalformedError

# Triggers, of BDF: no signal.
_STATUS = "Status"


def read(body: Body) -> DecodedUpload:
    """The recording in a file. Raises MalformedError or InvalidError.

    `adc_gain` and `baseline` are from the physical and digital extremes of each signal.
    """
    header = read_header(body)
    signals = [one for one in header.signals if one.label not in ANNOTATIONS and not _is_status(header, one)]
    if not signals:
        raise MalformedError("the EDF file has no ordinary signal, and annotations alone")
    counts = {signal.samples for signal in signals}
    if 0 in counts:
        raise MalformedError("a signal of the EDF file has no samples in its data records")
    if len(counts) > 1:
        detail = "must have signals of one sampling frequency: export those of another as a file of their own"
        raise refused(detail, "/sampling_frequency")
    (count,) = counts
    times = timeline(body, header, count, len(signals))
    names = numbered(by_spelling(signal.label) or f"signal {signal.number}" for signal in signals)
    leads = []
    for name, signal in zip(names, signals, strict=True):
        samples, size = samples_of(body, header, signal), _size(signal)
        if times.missing is not None:
            samples = with_gaps(samples, times.missing)
        leads.append(Lead(name, samples, size.gain, size.baseline, size.units, times.missing))
    return DecodedUpload(
        id=None,
        ecg=Ecg(
            leads=tuple(leads),
            date=began_at(header, times.began),
            sampling_frequency=float(count / header.seconds),
        ),
    )


def _is_status(header: Header, signal: Signal) -> bool:
    return header.sample_bytes == 3 and signal.label == _STATUS


def _size(signal: Signal) -> Calibration:
    low, high = signal.decimal("physical minimum"), signal.decimal("physical maximum")
    least, most = signal.decimal("digital minimum"), signal.decimal("digital maximum")
    if least >= most or low == high:
        raise MalformedError(
            f"the minimum and maximum of signal {signal.number} give its samples no size: leave it out, or mend them",
            offset=signal.fields["physical minimum"][1],
        )
    step: Fraction = (high - low) / (most - least)
    try:
        return calibration(step, least - low / step, signal.dimension)
    except ValueError:
        raise MalformedError(
            f"the physical minimum and maximum of signal {signal.number} have their 0 beyond 32 bits",
            offset=signal.fields["physical minimum"][1],
        ) from None


_ABOUT = """
An EDF, EDF+, BDF or BDF+ file: `curl --data-binary @holter.edf -H "Content-Type: application/edf"`.

Its ordinary signals are the leads, with their standard names where they are spelled in a usual way; annotations, and
the triggers of BDF, are not. 0 mV may lie between two ADC values. What lies between the records of EDF+D are missing
samples. `date` is the start in the header, in UTC, with the day of EDF+ where it has one. All signals have one sampling
frequency. Nothing of the patient is read.
"""
EDF = FileFormat("EDF", ("application/edf", "application/x-edf", "audio/x-edf"), is_edf, read, _ABOUT)
