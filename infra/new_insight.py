"""`make new-insight NAME=peak_to_peak`: the file of a new insight and that of its tests, to be filled in.

What is left open raises NotImplementedError, and the tests fail until it is said; nothing else is touched.
"""

import re
import sys
from pathlib import Path

from infra.errors import SetupError
from infra.paths import REPOSITORY

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")

INSIGHT = '''\
"""`{name}` version 1: one sentence that says what is measured, and where its definition comes from."""

import msgspec

from schemas.ecg import Baseline, Samples


class Measure(msgspec.Struct, frozen=True):
    """What a stretch of signal comes to, and all that is needed to join it with the next."""

    value: int


class {type}:
    """The insight `{name}`, version 1."""

    name = "{name}"
    version = 1
    measure_type = Measure

    def measure(self, signal: Samples, baseline: Baseline) -> Measure:
        """Measure `signal`, shape ``(n,)``, n >= 0, ADC values, against `baseline`, the ADC value of 0 mV."""
        raise NotImplementedError

    def merge(self, earlier: Measure, later: Measure) -> Measure:
        """The measure of `earlier` followed by `later`, exactly that of both in one."""
        raise NotImplementedError

    def value(self, measure: Measure) -> int:
        """The answer for the whole lead."""
        return measure.value

    def warnings(self, measure: Measure) -> list[str]:
        """What a reader of the answer should know about the signal; nothing."""
        return []
'''

TESTS = '''\
"""`{name}`: its definition on small signals, and the law by which segments are joined."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from stream_processor.insights.{name} import {type}

INSIGHT = {type}()
SIGNALS = st.lists(st.integers(-(2**15), 2**15 - 1), max_size=40).map(
    lambda samples: np.array(samples, dtype=np.int16)
)


@pytest.mark.parametrize(
    ("samples", "baseline", "expected"),
    [
        # The definition's own examples belong here: an empty lead, one sample, a baseline, the extremes.
        ([], 0, 0),
    ],
)
def test_the_definition(samples: list[int], baseline: int, expected: int) -> None:
    assert INSIGHT.value(INSIGHT.measure(np.array(samples, dtype=np.int16), baseline)) == expected


@given(SIGNALS, SIGNALS)
def test_segments_join_to_the_whole(earlier: NDArray[np.int16], later: NDArray[np.int16]) -> None:
    whole = INSIGHT.measure(np.concatenate([earlier, later]), 0)
    assert INSIGHT.merge(INSIGHT.measure(earlier, 0), INSIGHT.measure(later, 0)) == whole
'''


def write(name: str, root: Path) -> list[Path]:
    """Write both files below `root`, the repository. Raises SetupError for a bad name or one that is taken."""
    if not NAME.fullmatch(name):
        raise SetupError("Give a name in lower case: make new-insight NAME=peak_to_peak")
    contents = {
        root / "stream_processor" / "insights" / f"{name}.py": INSIGHT,
        root / "tests" / "unit" / "stream_processor" / f"test_{name}.py": TESTS,
    }
    for path in contents:
        if path.exists():
            raise SetupError(f"There is {path.relative_to(root)} already.")
    for path, template in contents.items():
        path.write_text(template.format(name=name, type=type_name(name)))
    return list(contents)


def type_name(name: str) -> str:
    """The class of an insight: ``PeakToPeak`` of ``peak_to_peak``."""
    return "".join(word.capitalize() for word in name.split("_"))


def main() -> None:
    """Write the files, and say what is left to do."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    try:
        insight, tests = write(name, REPOSITORY)
    except SetupError as error:
        sys.exit(str(error))
    print(f"Wrote {insight.relative_to(REPOSITORY)}: say how a stretch is measured, and how two are joined.")
    print(f"Wrote {tests.relative_to(REPOSITORY)}: add the definition's examples, then `make unit`.")
    print(f"Last, a line in stream_processor/insights/__init__.py: {type_name(name)}(), in INSIGHTS.")


if __name__ == "__main__":
    main()
