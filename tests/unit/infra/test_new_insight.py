"""`make new-insight`: what it writes fits the registry, and fails its tests only where nothing is said yet."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from infra.errors import SetupError
from infra.new_insight import write


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "stream_processor" / "insights").mkdir(parents=True)
    (tmp_path / "tests" / "unit" / "stream_processor").mkdir(parents=True)
    return tmp_path


def load(path: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def test_the_skeleton_is_an_insight_with_its_meaning_left_open(root: Path) -> None:
    insight_file, tests_file = write("peak_to_peak", root)
    insight = load(insight_file, "skeleton_insight").PeakToPeak()
    assert (insight.name, insight.version) == ("peak_to_peak", 1)
    assert insight.value(insight.measure_type(value=3)) == 3
    with pytest.raises(NotImplementedError):
        insight.measure(np.array([], dtype=np.int16), 0)
    compile(tests_file.read_text(), str(tests_file), "exec")


@pytest.mark.parametrize("name", ["", "PeakToPeak", "peak-to-peak", "../peak", "1st", "peak__to", "peak "])
def test_a_bad_name_writes_nothing(root: Path, name: str) -> None:
    with pytest.raises(SetupError, match="lower case"):
        write(name, root)
    assert not [path for path in root.rglob("*") if path.is_file()]


def test_nothing_is_overwritten(root: Path) -> None:
    write("peak_to_peak", root)
    with pytest.raises(SetupError, match="already"):
        write("peak_to_peak", root)
