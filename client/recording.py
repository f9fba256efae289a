"""What can be uploaded: a `Recording`, a mapping of the same shape as the API's JSON, or that JSON as bytes.

Samples are integers, as a list or a numpy array. Bytes go out as they are, so that a byte offset in a problem is
one in the sender's own file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from client.errors import RecordingError
from schemas.times import format_rfc3339, to_micros

Signal = Sequence[int] | NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """One lead. `signal`: shape ``(n,)``, ADC values in order of time; it stays out of every representation.

    `adc_gain`: ADC units per mV (or per `units`). `baseline`: ADC value of 0 mV.
    """

    name: str
    signal: Signal = field(repr=False)
    adc_gain: float | None = None
    baseline: int | None = None
    units: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """An ECG. `date`: when it was recorded, with a time zone. `sampling_frequency`: Hz."""

    leads: Sequence[Lead]
    id: str | None = None
    date: datetime | None = None
    sampling_frequency: float | None = None


Uploadable = Recording | Mapping[str, Any] | bytes


def encode(ecg: Uploadable) -> bytes:
    """The body of its upload. Raises RecordingError for what JSON or the contract has no words for."""
    match ecg:
        case bytes():
            return ecg
        case Recording():
            return _encode(_members(ecg))
        case _:
            return _encode(ecg)


def _members(ecg: Recording) -> dict[str, Any]:
    given = {
        "id": ecg.id,
        "date": ecg.date,
        "sampling_frequency": ecg.sampling_frequency,
        "leads": [_lead(lead) for lead in ecg.leads],
    }
    return {name: value for name, value in given.items() if value is not None}


def _lead(lead: Lead) -> dict[str, Any]:
    given = {
        "name": lead.name,
        "number_of_samples": len(lead.signal),
        "signal": lead.signal,
        "adc_gain": lead.adc_gain,
        "baseline": lead.baseline,
        "units": lead.units,
    }
    return {name: value for name, value in given.items() if value is not None}


def _encode(members: Mapping[str, Any]) -> bytes:
    try:
        leads = members.get("leads")
        if isinstance(leads, Sequence):
            members = {**members, "leads": [_checked(index, lead) for index, lead in enumerate(leads)]}
        date = members.get("date")
        if isinstance(date, datetime):
            members = {**members, "date": _instant(date)}
        return msgspec.json.encode(members, enc_hook=_plain)
    except RecordingError:
        raise
    except (TypeError, ValueError, OverflowError, RecursionError):
        # Their text may quote a value.
        raise RecordingError("the recording holds something that JSON has no word for") from None


def _checked(index: int, lead: Any) -> Any:
    signal = lead.get("signal") if isinstance(lead, Mapping) else None
    if isinstance(signal, np.ndarray):
        if signal.ndim != 1 or signal.dtype.kind not in "iu":
            raise RecordingError(f"/leads/{index}/signal: samples are one row of integers, shape (n,)")
        # A list, for msgspec writes one of a million numbers at once.
        return {**lead, "signal": signal.tolist()}
    return lead


def _instant(date: datetime) -> str:
    if date.utcoffset() is None:
        raise RecordingError("/date: a time zone is missing")
    return format_rfc3339(to_micros(date))


def _plain(value: object) -> object:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError
