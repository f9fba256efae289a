"""`make fuzz`: each API and each target for some time, and a table of what was tried; 1 where anything was found."""

import argparse
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from docs.tables.markdown import table
from fuzz import http
from fuzz.targets import TARGETS
from harness.running import System, supervised
from infra.paths import REPOSITORY

_SECONDS = 60
_CALLERS = {"user": "a user", "admin": "an admin", "device": "a device"}
_EXECUTED = re.compile(r"number_of_executed_units: (\d+)")
# Beside the time that libFuzzer is given: for the imports, which it instruments.
_START_SECONDS = 300


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("--seconds", type=int, default=_SECONDS, help="of each API and of each target")
    parser.add_argument("--only", choices=["apis", "targets"], help="one of the two halves")
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="ecg-fuzz-"))
    rows: list[list[str]] = []
    sound = True
    for half, run in (("apis", _apis), ("targets", _targets)):
        if asked.only in {None, half}:
            sound &= run(asked.seconds, folder, rows)
    print(table(("what", "inputs", "seconds", "found"), rows), end="")
    if not sound:
        print(f"What was found is in {folder}", file=sys.stderr)
    return 0 if sound else 1


def _apis(seconds: int, folder: Path, rows: list[list[str]]) -> bool:
    """Try both APIs of a system of this run's own."""
    all_sound = True
    with supervised(folder / "system") as process:
        system = System(folder / "system", process)
        for api, who in http.DOORS:
            began = time.monotonic()
            found = http.run(system, api, who, folder / f"{api}-{who}", "--max-time", str(seconds))
            (folder / f"{api}-{who}" / "said.txt").write_text(found.said)
            what = f"{api} API, {_CALLERS[who]}"
            rows.append(_row(what, found.requests, time.monotonic() - began, sound=found.sound))
            all_sound &= found.sound
        system.http.close()
    return all_sound


def _targets(seconds: int, folder: Path, rows: list[list[str]]) -> bool:
    """Try every target in a process of its own."""
    all_sound = True
    for name in TARGETS:
        work = folder / name.replace(" ", "-")
        work.mkdir()
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "fuzz.guided", name, f"-max_total_time={seconds}"],
            cwd=work,
            env={"PYTHONPATH": str(REPOSITORY)},
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds + _START_SECONDS,
        )
        (work / "said.txt").write_text(done.stderr)
        executed = _EXECUTED.search(done.stderr)
        sound = done.returncode == 0 and executed is not None
        tried = int(executed[1]) if executed else 0
        rows.append(_row(name, tried, time.monotonic() - began, sound=sound))
        all_sound &= sound
    return all_sound


def _row(what: str, inputs: int, seconds: float, *, sound: bool) -> list[str]:
    print(f"{what}: {inputs} inputs", file=sys.stderr)
    return [what, f"{inputs:,}", f"{seconds:.0f}", "nothing" if sound else "something"]


if __name__ == "__main__":
    sys.exit(main())
