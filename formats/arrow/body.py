"""From an Arrow body to an ECG, by the same rules as from JSON: each row of the stream is a lead.

What JSON has beside the leads stands in the schema's own metadata, as text. Places are told as they would be in
JSON, `/leads/3/name`; what is wrong with a whole column is told of `/leads`.
"""

import math
from collections.abc import Iterator
from typing import Any

import msgspec
import pyarrow as pa

from formats.arrow.columns import LEADS, check_columns, optional_column, signals_of
from formats.arrow.stream import ArrowStream
from formats.broken import BrokenRules
from formats.checks import check_segments
from formats.dates import parse_date
from formats.rules import Field, Limits, lead_fields, recording_fields
from formats.upload import Body, DecodedUpload
from schemas.arrow import METADATA_KEYS
from schemas.ecg import Ecg, Lead, exact_baseline

# Put there by pandas and by R, to have their tables back as they were.
_WRITERS_OWN = frozenset({b"pandas", b"r"})


class ArrowDecoder:
    """Decodes Arrow uploads within `limits`. Pure, and safe to share."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._recording_fields = recording_fields(limits)
        self._lead_fields = lead_fields(limits)

    def decode(self, body: Body) -> DecodedUpload:
        """The upload in `body`; signals of int16 are views into it. Raises MalformedError or InvalidError."""
        stream = ArrowStream(body, max_batches=self._limits.leads)
        check_columns(stream.columns, stream.schema)
        broken = BrokenRules()
        recording = dict(self._recording(stream, broken))
        leads: list[Lead] = []
        for batch in stream.batches():
            if len(leads) + batch.num_rows > self._limits.leads:
                broken.add(f"must have at most {self._limits.leads} leads", LEADS)
                break
            leads += self._leads(batch, len(leads), broken)
        if not leads and not broken:
            broken.add("must have at least one lead", LEADS)
        _check_names(leads, broken)
        broken.raise_any()
        date = recording.get("date")
        ecg = Ecg(
            leads=tuple(leads),
            date=None if date is None else parse_date(date),
            sampling_frequency=recording.get("sampling_frequency"),
        )
        check_segments(ecg, self._limits)
        return DecodedUpload(recording.get("id"), ecg)

    def _recording(self, stream: ArrowStream, broken: BrokenRules) -> Iterator[tuple[str, Any]]:
        """What the schema's metadata tells of the recording."""
        if not stream.metadata_is_unique:
            broken.add("must have each key of its schema's metadata once", "")
        metadata: dict[bytes, bytes] = stream.schema.metadata or {}
        if metadata.keys() - _WRITERS_OWN - {name.encode() for name in METADATA_KEYS}:
            known = ", ".join(METADATA_KEYS)
            broken.add(f"has unknown keys in its schema's metadata; known are {known}", "")
        for name in METADATA_KEYS:
            text = metadata.get(name.encode())
            if text is not None:
                field = self._recording_fields[name]
                value = _read(text, field)
                _judge(value, field, f"/{name}", broken, typed=value is not None)
                yield name, value

    def _leads(self, batch: pa.RecordBatch, first: int, broken: BrokenRules) -> list[Lead]:
        """The leads of a batch whose first row is the `first` of the upload."""
        most, fields = self._limits.samples_per_lead, self._lead_fields
        columns = zip(
            batch.column("name").to_pylist(),
            signals_of(batch.column("signal"), first, broken),
            optional_column(batch, "adc_gain").to_pylist(),
            optional_column(batch, "baseline").to_pylist(),
            optional_column(batch, "units").to_pylist(),
            strict=True,
        )
        leads: list[Lead] = []
        for index, (name, signal, gain, baseline, units) in enumerate(columns, first):
            at = f"/leads/{index}"
            _judge(name, fields["name"], f"{at}/name", broken, typed=name is not None)
            if len(signal) > most:
                broken.add(f"must be at most {most} integers", f"{at}/signal")
            if gain is not None:
                _judge(gain, fields["adc_gain"], f"{at}/adc_gain", broken, typed=math.isfinite(gain))
            fits = baseline is not None and _judge(baseline, fields["baseline"], f"{at}/baseline", broken)
            if units is not None:
                _judge(units, fields["units"], f"{at}/units", broken)
            leads.append(
                Lead(
                    name or "",
                    signal.samples,
                    None if gain is None else float(gain),
                    exact_baseline(baseline) if fits else None,
                    units,
                    signal.missing,
                )
            )
        return leads


def _read(text: bytes, field: Field) -> Any:
    """A value of the field's type, as JSON would have it; None where `text` is none."""
    try:
        return text.decode() if field.type is str else msgspec.json.decode(text, type=field.type)
    except (UnicodeDecodeError, msgspec.DecodeError):
        return None


def _judge(value: Any, field: Field, pointer: str, broken: BrokenRules, *, typed: bool = True) -> bool:
    """Note what is wrong with a value, `typed` where it is one of the field's type; whether nothing is."""
    detail = field.rule(value) if typed else f"must be {field.called}"
    if detail is not None:
        broken.add(detail, pointer)
    return detail is None


def _check_names(leads: list[Lead], broken: BrokenRules) -> None:
    names: set[str] = set()
    for index, lead in enumerate(leads):
        # Without a name it is told already that there is none.
        if lead.name and lead.name in names:
            broken.add("is the name of an earlier lead", f"/leads/{index}/name")
        names.add(lead.name)
