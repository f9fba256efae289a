"""The README's settings, links and example of an insight are those of this code."""

import ast
import re
import subprocess

import numpy as np
import pytest
from pydantic_settings import BaseSettings

import ingest_api.settings
import query_api.settings
import stream_processor.settings
from harness.compose import COMPOSE_FILE
from infra.paths import REPOSITORY
from schemas.ecg import Lead
from stream_processor import measuring
from tests import readme

SETTINGS = (ingest_api.settings.Settings, query_api.settings.Settings, stream_processor.settings.Settings)


def written(settings: type[BaseSettings], name: str) -> str:
    """The default of a setting as the README writes it."""
    field = settings.model_fields[name]
    if field.default_factory is not None:
        return "host name and `-0`"
    if field.default in (None, "", ()):
        return "unset"
    if isinstance(field.default, bool):
        return f"`{str(field.default).lower()}`"
    return f"`{field.default:g}`" if isinstance(field.default, float) else f"`{field.default}`"


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda settings: str(settings.__module__))
def test_every_setting_is_documented_with_its_default(settings: type[BaseSettings]) -> None:
    documented = readme.settings()
    for name in settings.model_fields:
        assert documented[f"ECG_{name.upper()}"] == written(settings, name)


def test_every_documented_setting_exists() -> None:
    known = {f"ECG_{name.upper()}" for settings in SETTINGS for name in settings.model_fields}
    rooms = [
        path
        for room in ("infra", "ecg_client", "harness", "tests/system")
        for path in (REPOSITORY / room).rglob("*.py")
    ]
    proxy = REPOSITORY / "infra" / "proxy" / "settings.awk"
    read = "\n".join(path.read_text(encoding="utf-8") for path in [*rooms, COMPOSE_FILE, proxy])
    unknown = [
        name
        for name in readme.settings()
        if name not in known and f'"{name}"' not in read and f"${{{name}:" not in read
    ]
    assert unknown == []


def test_every_link_leads_somewhere() -> None:
    assert [target for target in readme.links() if not (REPOSITORY / target).exists()] == []


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_every_make_target_exists(document: str) -> None:
    text = (REPOSITORY / document).read_text(encoding="utf-8")
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"(?:^|`)(?:\w+=\w+ )?make ([a-z-]+)", text, re.MULTILINE))
    declared = {
        name for line in re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE) for name in line.split()
    }
    assert named
    assert named <= declared


def test_the_example_of_an_insight_is_one() -> None:
    (code,) = [block for block in readme.blocks("python") if "PeakToPeak" in block]
    names: dict[str, object] = {"__name__": "peak_to_peak"}
    exec(compile(ast.parse(code), "README.md", "exec"), names)
    insight = names["PeakToPeak"]()  # type: ignore[operator]
    signal = np.array([3, -(2**31), 2**31 - 1, 0], dtype=np.int32)
    whole = measuring.measure(insight, [Lead("I", signal), Lead("II", signal[:0])])
    parts = [
        measuring.measure_part(insight, [Lead("I", signal[start : start + 2]), Lead("II", signal[:0])])
        for start in (0, 2)
    ]
    assert measuring.merge_parts(insight, parts) == whole
    assert [lead.value for lead in whole.leads] == [2**32 - 1, 0]


def test_shell_lines_are_shell() -> None:
    for block in readme.blocks("bash"):
        subprocess.run(["bash", "-n"], input=block, text=True, check=True)
