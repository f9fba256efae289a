"""A process under a wrong clock: its wall clock alone is wrong, by as much as the file says at the moment."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.clocks import Clock

# Of a machine that does other things as well; the shifts are many times as large.
SLACK_SECONDS = 60.0
TELL = """
import datetime, json, time

def tell():
    utc = datetime.datetime.now(datetime.UTC)
    assert isinstance(utc, datetime.datetime)
    assert isinstance(datetime.datetime.fromtimestamp(0), datetime.datetime)
    print(json.dumps([time.time(), time.time_ns() / 1e9, utc.timestamp(), time.monotonic()]), flush=True)

tell()
input()
time.sleep(0.2)
tell()
"""


def test_a_clock_is_wrong_and_jumps(tmp_path: Path) -> None:
    (tmp_path / "telling.py").write_text(TELL)
    clock = Clock(tmp_path / "clock")
    clock.set(1200)
    process = subprocess.Popen(
        clock.command("telling"),
        env={"PYTHONPATH": f"{tmp_path}:{':'.join(sys.path)}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        ahead = json.loads(process.stdout.readline())
        clock.set(-1200)
        process.stdin.write("\n")
        process.stdin.close()
        behind = json.loads(process.stdout.readline())
    assert ahead[:3] == pytest.approx([time.time() + 1200] * 3, abs=SLACK_SECONDS)
    assert behind[:3] == pytest.approx([time.time() - 1200] * 3, abs=SLACK_SECONDS)
    assert 0 <= behind[3] - ahead[3] < SLACK_SECONDS
