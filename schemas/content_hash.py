"""The fingerprint of what was recorded, the same whichever format or library version carried it.

Two uploads with one hash are one recording; the same id with another hash is a conflict.
"""

import hashlib
import struct
from collections.abc import Iterator

import numpy as np

from schemas.ecg import Ecg, Lead

_DOMAIN = b"ecg.content.v1\0"
# As many are int32 at a time: a long lead is not there twice, in twice the width.
_WIDENED_SAMPLES = 64 * 1024


def content_hash(ecg: Ecg) -> str:
    """SHA-256, in lower-case hex, of the canonical content.

    The canonical content is, all little-endian: the domain tag; date (int64 µs); sampling frequency (float64);
    the number of leads (uint32); then of each lead its name, gain (float64), baseline (int32), units, the number
    of samples (uint64) and the samples as int32. Text is UTF-8 behind its length (uint32). What may be absent
    stands behind a byte: 1 when it is there, 0 when not.
    """
    digest = hashlib.sha256(_DOMAIN)
    digest.update(_optional("<q", ecg.date))
    digest.update(_optional("<d", ecg.sampling_frequency))
    digest.update(struct.pack("<I", len(ecg.leads)))
    for lead in ecg.leads:
        digest.update(b"".join(_description(lead)))
        for start in range(0, len(lead.signal), _WIDENED_SAMPLES):
            some = lead.signal[start : start + _WIDENED_SAMPLES]
            digest.update(np.ascontiguousarray(some, dtype="<i4").data)
    return digest.hexdigest()


def _description(lead: Lead) -> Iterator[bytes]:
    yield _text(lead.name)
    yield _optional("<d", lead.adc_gain)
    yield _optional("<i", lead.baseline)
    yield b"\0" if lead.units is None else b"\1" + _text(lead.units)
    yield struct.pack("<Q", len(lead.signal))


def _optional(layout: str, value: float | None) -> bytes:
    return b"\0" if value is None else b"\1" + struct.pack(layout, value)


def _text(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack("<I", len(encoded)) + encoded
