"""Computes an insight of a recording, lead by lead: in one piece, or in segments that are merged exactly."""

from collections.abc import Sequence
from functools import reduce
from typing import Any

import msgspec
import numpy as np

from schemas.ecg import Baseline, Lead, Samples
from schemas.insights import MISSING_SAMPLES, POSSIBLE_MISSING_SAMPLES, InsightResult, LeadResult
from stream_processor.insights.insight import Insight


class LeadPart(msgspec.Struct, frozen=True, omit_defaults=True):
    """One insight of one lead of one segment. `measure` is of the insight's own type, as JSON.

    `missing`: how many of its samples are. `holds_marker`: a sample looks like one that is missing.
    """

    name: str
    number_of_samples: int
    baseline: Baseline
    measure: msgspec.Raw
    missing: int = 0
    holds_marker: bool = False


# What WFDB and many devices write where they have no sample: the least value of int16.
_MARKER = -(2**15)

Parts = list[LeadPart]
_decoder = msgspec.json.Decoder(Parts)


def measure(insight: Insight[Any], leads: Sequence[Lead]) -> InsightResult:
    """The answer for a recording that came in one piece."""
    results = []
    for lead in leads:
        baseline = lead.baseline or 0
        present, missing, holds_marker = _samples(lead)
        found = insight.measure(present, baseline)
        told = insight.warnings(found)
        if missing or holds_marker:
            told += _doubts(missing, holds_marker=holds_marker)
        results.append(LeadResult(lead.name, len(lead.signal), baseline, insight.value(found), told, missing))
    return InsightResult(insight.name, insight.version, results)


def measure_part(insight: Insight[Any], leads: Sequence[Lead]) -> bytes:
    """What one segment contributes, as JSON that `merge_parts` takes."""
    parts = []
    for lead in leads:
        baseline = lead.baseline or 0
        present, missing, holds_marker = _samples(lead)
        found = msgspec.Raw(msgspec.json.encode(insight.measure(present, baseline)))
        parts.append(LeadPart(lead.name, len(lead.signal), baseline, found, missing, holds_marker))
    return msgspec.json.encode(parts)


def merge_parts(insight: Insight[Any], segments: Sequence[bytes | str]) -> InsightResult:
    """The answer for a recording from the contributions of all its segments, in order of time."""
    decoded = [_decoder.decode(segment) for segment in segments]
    results = []
    for parts in zip(*decoded, strict=True):
        found = reduce(
            insight.merge,
            (msgspec.json.decode(part.measure, type=insight.measure_type) for part in parts),
        )
        length = sum(part.number_of_samples for part in parts)
        missing = sum(part.missing for part in parts)
        holds_marker = any(part.holds_marker for part in parts)
        told = insight.warnings(found) + _doubts(missing, holds_marker=holds_marker)
        first = parts[0]
        results.append(LeadResult(first.name, length, first.baseline, insight.value(found), told, missing))
    return InsightResult(insight.name, insight.version, results)


def _samples(lead: Lead) -> tuple[Samples, int, bool]:
    """The samples that are there, how many are not, and whether one that is there looks like one that is not."""
    present, missing = lead.signal, 0
    if lead.missing is not None:
        present, missing = present[~lead.missing], int(np.count_nonzero(lead.missing))
    # One pass says no of nearly every signal; where the least stands is found sooner than the least.
    if not present.size or present.item(present.argmin()) > _MARKER:
        return present, missing, False
    return present, missing, bool((present == _MARKER).any())


def _doubts(missing: int, *, holds_marker: bool) -> list[str]:
    """The warnings that are of the samples, whatever is measured of them."""
    return [MISSING_SAMPLES] * bool(missing) + [POSSIBLE_MISSING_SAMPLES] * holds_marker
