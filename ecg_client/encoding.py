"""The body of an upload. Which format it goes out in makes no difference to the ECG: its id and its hash are the same.

A `Recording` goes as an Arrow stream: half the bytes of JSON, no digits to be written or read. A mapping goes as the
JSON that it is the shape of. Bytes go as they are, so that a byte offset in a problem is one in the sender's own file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
import numpy as np

from ecg_client import recording
from ecg_client.errors import RecordingError
from ecg_client.recording import Recording, Signal, Uploadable
from formats.telling import is_arrow
from schemas.ecg import SAMPLE_MAX, SAMPLE_MIN, Lead, Missing, Samples, exact_baseline, narrowest, where_any
from schemas.times import format_rfc3339, to_micros

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Body:
    """What is sent, and as what."""

    media_type: str
    content: bytes = field(repr=False)


def encode(ecg: Uploadable) -> Body:
    """The body of its upload. Raises RecordingError for what the format or the contract has no words for."""
    try:
        match ecg:
            case bytes():
                return _arrow(ecg) if is_arrow(ecg) else Body(JSON, ecg)
            case Recording():
                return _recording(ecg)
            case _:
                return Body(JSON, _json(ecg))
    except RecordingError:
        raise
    except (TypeError, ValueError, OverflowError, RecursionError):
        # Their text may quote a value.
        raise RecordingError("the recording holds something that cannot be written") from None


def _arrow(content: bytes) -> Body:
    # Here, for what sends no Arrow need not wait for its library.
    from schemas.arrow import CONTENT_TYPE  # noqa: PLC0415

    return Body(CONTENT_TYPE, content)


def _recording(ecg: Recording) -> Body:
    from schemas.arrow import encode_leads  # noqa: PLC0415

    leads = [_lead(index, lead) for index, lead in enumerate(ecg.leads)]
    if not leads:
        raise RecordingError("/leads: there is none")
    told = {
        "id": ecg.id,
        "date": None if ecg.date is None else _instant(ecg.date),
        "sampling_frequency": None if ecg.sampling_frequency is None else _number(ecg.sampling_frequency),
    }
    return _arrow(encode_leads(leads, {name: text for name, text in told.items() if text is not None}))


def _lead(index: int, given: recording.Lead) -> Lead:
    signal, missing = _samples(index, given.signal)
    baseline = None if given.baseline is None else exact_baseline(given.baseline)
    return Lead(given.name, signal, given.adc_gain, baseline, given.units, missing)


def _samples(index: int, signal: Signal) -> tuple[Samples, Missing | None]:
    pointer = f"/leads/{index}/signal"
    missing: Missing | None = None
    if isinstance(signal, np.ma.MaskedArray):
        missing, signal = np.ma.getmaskarray(signal), signal.filled(0)
    elif not isinstance(signal, np.ndarray):
        # What numpy makes of a list is not asked: it takes true for 1.
        if not all(
            one is None or (isinstance(one, int | np.integer) and not isinstance(one, bool)) for one in signal
        ):
            raise RecordingError(f"{pointer}: samples are integers")
        missing = np.array([one is None for one in signal], dtype=np.bool_)
        try:
            signal = np.array([one or 0 for one in signal], dtype=np.int64)
        except OverflowError:
            raise RecordingError(f"{pointer}: samples are integers of 32 bits") from None
    _check(index, signal)
    if signal.size and not SAMPLE_MIN <= signal.min() <= signal.max() <= SAMPLE_MAX:
        raise RecordingError(f"{pointer}: samples are integers of 32 bits")
    return narrowest(signal), None if missing is None else where_any(missing)


def _number(value: float) -> str:
    return msgspec.json.encode(value, enc_hook=_plain).decode()


def _json(members: Mapping[str, Any]) -> bytes:
    leads = members.get("leads")
    if isinstance(leads, Sequence):
        members = {**members, "leads": [_checked(index, lead) for index, lead in enumerate(leads)]}
    date = members.get("date")
    if isinstance(date, datetime):
        members = {**members, "date": _instant(date)}
    return msgspec.json.encode(members, enc_hook=_plain)


def _checked(index: int, lead: Any) -> Any:
    signal = lead.get("signal") if isinstance(lead, Mapping) else None
    if isinstance(signal, np.ndarray):
        _check(index, signal)
        # A list, for msgspec writes one of a million numbers at once.
        return {**lead, "signal": signal.tolist()}
    return lead


def _check(index: int, signal: np.ndarray[Any, Any]) -> None:
    if signal.ndim != 1 or signal.dtype.kind not in "iu":
        raise RecordingError(f"/leads/{index}/signal: samples are one row of integers, shape (n,)")


def _instant(date: datetime) -> str:
    if date.utcoffset() is None:
        raise RecordingError("/date: a time zone is missing")
    return format_rfc3339(to_micros(date))


def _plain(value: object) -> object:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError
