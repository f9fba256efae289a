"""The fingerprint of what was recorded, the same whichever format, library or segmentation carried it.

Two uploads with one hash are one recording; the same id with another hash is a conflict. docs/content-hash.md tells an
analyst how to compute it, with vectors.
"""

import struct
from collections.abc import Iterator

import numpy as np
from blake3 import blake3

from schemas.ecg import Ecg, Lead, Samples, narrowest

_DOMAIN = b"ecg.content.v2\0"
# A short recording is hashed at once, twice as fast as lead by lead; a long one is not there twice.
_TOGETHER_BYTES = 256 * 1024
_LITTLE_ENDIAN = {2: "<i2", 4: "<i4"}


def content_hash(ecg: Ecg) -> str:
    """BLAKE3, 256 bits in lower-case hex, of the canonical content.

    The canonical content is, all little-endian: the domain tag; date (int64 µs); sampling frequency (float64); the
    number of leads (uint32); then of each lead its name, gain (float64), baseline (float64, which holds every int32),
    units, the number of samples (uint64), the bytes of each (uint8: 2 where all samples fit, else 4), the samples, 0
    where one is missing, and which are missing (a bit each, the first the least of its byte). Text is UTF-8 behind its
    length (uint32). What may be absent stands behind a byte: 1 when it is there, 0 when not; which samples are missing
    is absent where none is.
    """
    digest = blake3(_DOMAIN)
    recording = _optional("<q", ecg.date), _optional("<d", ecg.sampling_frequency)
    waiting: list[bytes | memoryview] = [*recording, struct.pack("<I", len(ecg.leads))]
    size = 0
    for lead in ecg.leads:
        signal = narrowest(lead.signal)
        samples = np.ascontiguousarray(signal, dtype=_LITTLE_ENDIAN[signal.itemsize]).view(np.uint8).data
        waiting += _description(lead, signal)
        size += signal.nbytes
        if size > _TOGETHER_BYTES:
            digest.update(b"".join(waiting))
            digest.update(samples)
            waiting, size = [], 0
        else:
            waiting.append(samples)
        waiting.append(_missing(lead))
    digest.update(b"".join(waiting))
    return digest.hexdigest()


def _missing(lead: Lead) -> bytes:
    return b"\0" if lead.missing is None else b"\1" + np.packbits(lead.missing, bitorder="little").tobytes()


def _description(lead: Lead, signal: Samples) -> Iterator[bytes]:
    yield _text(lead.name)
    yield _optional("<d", lead.adc_gain)
    yield _optional("<d", lead.baseline)
    yield b"\0" if lead.units is None else b"\1" + _text(lead.units)
    yield struct.pack("<QB", len(signal), signal.itemsize)


def _optional(layout: str, value: float | None) -> bytes:
    return b"\0" if value is None else b"\1" + struct.pack(layout, value)


def _text(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack("<I", len(encoded)) + encoded
