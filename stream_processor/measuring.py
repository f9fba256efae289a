"""Computes an insight of a recording, lead by lead: in one piece, or in segments that are merged exactly."""

from collections.abc import Sequence
from functools import reduce
from typing import Any

import msgspec

from schemas.ecg import Lead
from schemas.insights import InsightResult, LeadResult
from stream_processor.insights.insight import Insight


class LeadPart(msgspec.Struct, frozen=True):
    """One insight of one lead of one segment. `measure` is of the insight's own type, as JSON."""

    name: str
    number_of_samples: int
    baseline: int
    measure: msgspec.Raw


Parts = list[LeadPart]
_decoder = msgspec.json.Decoder(Parts)


def measure(insight: Insight[Any], leads: Sequence[Lead]) -> InsightResult:
    """The answer for a recording that came in one piece."""
    results = []
    for lead in leads:
        baseline = lead.baseline or 0
        results.append(
            _result(insight, lead.name, len(lead.signal), baseline, insight.measure(lead.signal, baseline))
        )
    return InsightResult(insight.name, insight.version, results)


def measure_part(insight: Insight[Any], leads: Sequence[Lead]) -> bytes:
    """What one segment contributes, as JSON that `merge_parts` takes."""
    parts = []
    for lead in leads:
        baseline = lead.baseline or 0
        found = msgspec.json.encode(insight.measure(lead.signal, baseline))
        parts.append(LeadPart(lead.name, len(lead.signal), baseline, msgspec.Raw(found)))
    return msgspec.json.encode(parts)


def merge_parts(insight: Insight[Any], segments: Sequence[bytes | str]) -> InsightResult:
    """The answer for a recording from the contributions of all its segments, in order of time."""
    decoded = [_decoder.decode(segment) for segment in segments]
    results = []
    for parts in zip(*decoded, strict=True):
        measures = [msgspec.json.decode(part.measure, type=insight.measure_type) for part in parts]
        length = sum(part.number_of_samples for part in parts)
        results.append(
            _result(insight, parts[0].name, length, parts[0].baseline, reduce(insight.merge, measures))
        )
    return InsightResult(insight.name, insight.version, results)


def _result(
    insight: Insight[Any], name: str, length: int, baseline: int, found: msgspec.Struct
) -> LeadResult:
    return LeadResult(name, length, baseline, insight.value(found), insight.warnings(found))
