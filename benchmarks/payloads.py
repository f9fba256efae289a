"""Recordings as they are sent: 12 leads of a synthetic beat with noise, as JSON, compressed, or Arrow."""

import gzip
from dataclasses import dataclass
from functools import cache

import msgspec
import numpy as np

from schemas import arrow
from schemas.ecg import Lead, Samples

LEADS = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
SAMPLING_FREQUENCY_HZ = 500
DATE = "2025-11-23T08:30:00Z"
# So that a lead of 5,000 samples takes about 20 kB as JSON, as usual recordings do.
_BEAT, _NOISE = 150, 30
_BEATS_PER_SECOND = 1.2
FORMATS = ("json", "gzip", "arrow")


@dataclass(frozen=True, slots=True)
class Payload:
    """A body of which every upload differs only in its id: in the first bytes of JSON, else in a header.

    `opening`: the JSON before the id, `rest`: what follows it. Without an opening the id goes into the header
    ``Idempotency-Key``, and `rest` is the whole body.
    """

    headers: tuple[tuple[str, str], ...]
    opening: bytes
    rest: bytes

    def body(self, ecg_id: str) -> tuple[bytes, ...]:
        """The parts of the body with this id."""
        return (self.opening, ecg_id.encode(), self.rest) if self.opening else (self.rest,)

    def headers_for(self, ecg_id: str) -> tuple[tuple[str, str], ...]:
        """The headers that go with it."""
        return self.headers if self.opening else (*self.headers, ("Idempotency-Key", ecg_id))


@cache
def leads(samples: int) -> tuple[Lead, ...]:
    """12 leads with `samples` int16 samples each, the same at every call."""
    noise = np.random.default_rng(1)
    time_axis = np.arange(samples) / SAMPLING_FREQUENCY_HZ
    beat = _BEAT * np.sin(2 * np.pi * _BEATS_PER_SECOND * time_axis)

    def signal() -> Samples:
        return (beat + noise.normal(0, _NOISE, samples)).astype(np.int16)

    return tuple(Lead(name, signal()) for name in LEADS)


@cache
def payload(form: str, samples: int) -> Payload:
    """The recording in one of FORMATS."""
    if form == "arrow":
        told = {"date": DATE, "sampling_frequency": str(SAMPLING_FREQUENCY_HZ)}
        return Payload((("Content-Type", arrow.CONTENT_TYPE),), b"", arrow.encode_leads(leads(samples), told))
    content = msgspec.json.encode(
        {
            "date": DATE,
            "sampling_frequency": SAMPLING_FREQUENCY_HZ,
            "leads": [{"name": lead.name, "signal": lead.signal.tolist()} for lead in leads(samples)],
        }
    )
    json = ("Content-Type", "application/json")
    if form == "gzip":
        return Payload((json, ("Content-Encoding", "gzip")), b"", gzip.compress(content, compresslevel=6))
    return Payload((json,), b'{"id":"', b'",' + content[1:])
