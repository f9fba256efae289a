"""Tied processes die with their parent, whatever kills it (on Linux, where the kernel helps)."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from infra import tied

PARENT = """
import subprocess, sys
from infra import tied
code = "import time; print('up', flush=True); time.sleep(60)"
child = subprocess.Popen(tied.command([sys.executable, "-c", code]))
print(child.pid, flush=True)
child.wait()
"""


def test_the_command_replaces_the_wrapper_and_gets_its_arguments() -> None:
    command = tied.command(["sh", "-c", 'echo $$ "$1"', "sh", "with space"])
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        said, _ = process.communicate()

    assert said == f"{process.pid} with space\n"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is no such thing")
def test_the_command_gets_its_timer_slack() -> None:
    with subprocess.Popen(tied.command(["sleep", "60"], timer_slack_ns=700_000)) as process:
        end = time.monotonic() + 5
        while psutil.Process(process.pid).name() != "sleep":
            assert time.monotonic() < end
            time.sleep(0.02)
        slack = Path(f"/proc/{process.pid}/timerslack_ns").read_text()
        process.kill()

    assert int(slack) == 700_000


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the next start ends what was left")
def test_a_killed_parent_takes_its_child_along() -> None:
    root = Path(tied.__file__).parent.parent
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True, cwd=root
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert parent.stdout.readline() == "up\n"
        os.kill(parent.pid, signal.SIGKILL)

    end = time.monotonic() + 5
    while psutil.pid_exists(child) and psutil.Process(child).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < end
        time.sleep(0.02)
