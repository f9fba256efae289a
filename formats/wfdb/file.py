"""A WFDB record, as PhysioNet keeps them, as an ECG: its header and signal files in one zip archive or form."""

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from formats.broken import refused
from formats.file_format import FileFormat
from formats.leads import by_spelling, numbered
from formats.physical import Calibration, calibration
from formats.signal import are_samples, as_samples
from formats.upload import Body, DecodedUpload
from formats.wfdb.archives import Files, is_form, is_zip, of_form, unzipped
from formats.wfdb.header import Header, Signal, read_header
from formats.wfdb.signals import DIFFERENCES, FORMATS, Format, Values
from schemas.ecg import Ecg, Lead, where_any
from schemas.problems import MalformedError

_HEADER = ".hea"


def read_zip(body: Body) -> DecodedUpload:
    """The record in a zip archive. Raises MalformedError or InvalidError."""
    return _record(unzipped(body))


def read_form(body: Body) -> DecodedUpload:
    """The record in a form. Raises the same."""
    return _record(of_form(body))


def _record(files: Files) -> DecodedUpload:
    headers = [path for path in files if path.endswith(_HEADER)]
    if not headers:
        raise MalformedError("there is no WFDB header (.hea) among the files")
    if len(headers) > 1:
        raise refused("must be one record, with one header (.hea): send each record by itself", "/leads")
    (path,) = headers
    header = read_header(files[path])
    if len({signal.frame for signal in header.signals}) > 1:
        detail = "must have signals of one sampling frequency, as many samples of each in a frame"
        raise refused(detail, "/sampling_frequency")
    folder = path.rpartition("/")[0]
    by_signal = dict(_values(header, files, folder))
    names = numbered(
        by_spelling(one.name) or f"signal {number}" for number, one in enumerate(header.signals, 1)
    )
    leads = [_lead(name, one, by_signal[one.line]) for name, one in zip(names, header.signals, strict=True)]
    frequency = header.frequency * header.signals[0].frame
    return DecodedUpload(None, Ecg(tuple(leads), header.date, float(frequency)))


def _values(header: Header, files: Files, folder: str) -> Iterator[tuple[int, Values]]:
    """The values of every signal, by its line in the header."""
    sharing: dict[str, list[Signal]] = {}
    for signal in header.signals:
        sharing.setdefault(signal.file, []).append(signal)
    for name, signals in sharing.items():
        first = signals[0]
        content = files.get(f"{folder}/{name}" if folder else name)
        if content is None:
            raise MalformedError(f"line {first.line} of the WFDB header names a file that is not there")
        kind = FORMATS.get(first.format)
        if kind is None:
            known = ", ".join(map(str, FORMATS))
            raise refused(f"must have signals in one of the formats {known}", "/leads")
        if {(one.format, one.offset) for one in signals} != {(first.format, first.offset)}:
            raise MalformedError(
                f"line {first.line} of the WFDB header and another tell two formats of one file"
            )
        yield from _of_file(header, kind, signals, content)


def _of_file(
    header: Header, kind: Format, signals: list[Signal], content: bytes
) -> Iterator[tuple[int, Values]]:
    first = signals[0]
    of_frame, held = sum(one.frame for one in signals), max(0, len(content) - first.offset)
    frames = kind.values_in(held) // of_frame if header.frames is None else header.frames
    needed = kind.bytes_for(frames * of_frame)
    if held < needed:
        raise MalformedError(
            f"the signal file of line {first.line} of the WFDB header ends before its samples do"
        )
    raw = np.frombuffer(content, np.uint8, needed, first.offset)
    table = kind.decode(raw, frames * of_frame).reshape(frames, of_frame)
    begin = 0
    for one in signals:
        yield one.line, table[:, begin : begin + one.frame].reshape(-1)
        begin += one.frame


def _lead(name: str, signal: Signal, values: Values) -> Lead:
    kind, missing = FORMATS[signal.format], None
    if signal.format == DIFFERENCES:
        values = signal.initial + values.cumsum(dtype=np.int64)
        if not are_samples(values).all():
            raise MalformedError(
                f"the signal of line {signal.line} of the WFDB header has a sample beyond 32 bits"
            )
    if kind.missing is not None:
        missing = where_any(values == kind.missing)
        values = values if missing is None else np.where(missing, 0, values)
    size = _size(signal)
    return Lead(name, as_samples(values), size.gain, size.baseline, size.units, missing)


def _size(signal: Signal) -> Calibration:
    try:
        if signal.gain is None:
            return Calibration(None, calibration(Fraction(1), Fraction(signal.baseline), "").baseline, None)
        return calibration(1 / signal.gain, Fraction(signal.baseline), signal.units)
    except ValueError:
        raise MalformedError(
            f"line {signal.line} of the WFDB header has a gain or a baseline beyond 32 bits"
        ) from None


_ABOUT = """
A WFDB record as PhysioNet keeps it, its header (`.hea`) and signal files together in a zip archive.

Formats 8, 16, 24, 32, 61, 80, 160, 212, 310 and 311, and the `.mat` files of the challenges. Gain, baseline and units
are those of the header; the value by which each format says that a sample is missing is a missing sample. `date` is the
base date and time, in UTC. Not taken: several segments or records, skewed signals, signals of different frequencies,
FLAC. Comments in the header, which tell of the patient, are not read.

As well by `multipart/form-data`, each file in a field: `curl -F file=@100.hea -F file=@100.dat`.
"""
WFDB_ZIP = FileFormat("WFDB", ("application/zip",), is_zip, read_zip, _ABOUT)
WFDB_FORM = FileFormat("WFDB as a form", ("multipart/form-data",), is_form, read_form, "")
