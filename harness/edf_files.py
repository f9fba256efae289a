"""EDF and BDF files, written field by field as the specification has them, and false where a test wants it so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

_ANNOTATION_SAMPLES = 30
PATIENT = "Plantednumber-17 F 31-JAN-1970 Plantedname"


@dataclass
class Signal:
    """`samples`: those of all records, in order."""

    samples: Sequence[int] | NDArray[np.integer[Any]]
    label: str = "ECG I"
    dimension: str = "uV"
    physical: tuple[str, str] = ("-40960", "40958.75")
    digital: tuple[str, str] = ("-32768", "32767")
    transducer: str = "Plantedcomment"


@dataclass
class File:
    """A file of `records`, each with its part of every signal. `onsets`: of each, in seconds, in an annotation signal.

    `told`: what the header says otherwise, by the byte of the field and how long it is.
    """

    signals: Sequence[Signal]
    records: int = 1
    seconds: str = "1"
    bdf: bool = False
    reserved: str = ""
    recording: str = "Startdate 14-JAN-2025 Plantedstreet X X"
    day: str = "14.01.25"
    time: str = "09.30.05"
    onsets: Sequence[str] | None = None
    told: Mapping[tuple[int, int], str] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """The whole file."""
        width, annotated = 3 if self.bdf else 2, self.onsets is not None
        counts = [len(one.samples) // self.records for one in self.signals] + [
            _ANNOTATION_SAMPLES
        ] * annotated
        last = Signal(
            [], f"{'BDF' if self.bdf else 'EDF'} Annotations", "", ("-1", "1"), ("-32768", "32767"), ""
        )
        signals = [*self.signals, *([last] if annotated else [])]
        fields = [
            (0, 8, "\xffBIOSEMI" if self.bdf else "0"), (8, 80, PATIENT), (88, 80, self.recording),
            (168, 8, self.day), (176, 8, self.time), (184, 8, str(256 * (len(signals) + 1))),
            (192, 44, self.reserved), (236, 8, str(self.records)), (244, 8, self.seconds), (252, 4, str(len(signals))),
        ]  # fmt: skip
        start = 256
        columns = (
            (16, [one.label for one in signals]), (80, [one.transducer for one in signals]),
            (8, [one.dimension for one in signals]), (8, [one.physical[0] for one in signals]),
            (8, [one.physical[1] for one in signals]), (8, [one.digital[0] for one in signals]),
            (8, [one.digital[1] for one in signals]), (80, [""] * len(signals)),
            (8, [str(count) for count in counts]), (32, [""] * len(signals)),
        )  # fmt: skip
        for size, texts in columns:
            for text in texts:
                fields.append((start, size, text))
                start += size
        header = bytearray(b" " * start)
        for place, size, text in [
            *fields,
            *((place, size, text) for (place, size), text in self.told.items()),
        ]:
            header[place : place + size] = text.encode("latin-1").ljust(size)
        return bytes(header) + b"".join(self._record(number, counts, width) for number in range(self.records))

    def _record(self, number: int, counts: Sequence[int], width: int) -> bytes:
        parts = []
        for one, count in zip(self.signals, counts, strict=False):
            samples = np.array(one.samples[number * count : (number + 1) * count], "<i4")
            parts.append(samples.view(np.uint8).reshape(-1, 4)[:, :width].tobytes())
        if self.onsets is not None:
            text = self.onsets[number].encode() + b"\x14\x14\0" + b"+1\x14Plantedcomment\x14\0"
            parts.append(text.ljust(_ANNOTATION_SAMPLES * width, b"\0"))
        return b"".join(parts)
