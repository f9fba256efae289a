"""Who has this worker's name: a predecessor that is dead, or somebody who is alive."""

import os
import subprocess
import sys

import pytest

from stream_processor.consuming.membership import CLIENT_ID, is_dead


def renamed(pid: int | str, host: str | None = None) -> str:
    own, _, _ = CLIENT_ID.partition("#")
    return f"{own if host is None else f'stream_processor@{host}'}#{pid}-17"


def test_whose_process_is_gone_is_dead() -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    assert is_dead(renamed(gone.pid))


def test_whose_number_is_ours_was_here_before_us() -> None:
    assert is_dead(renamed(os.getpid()))


@pytest.mark.parametrize(
    "client_id",
    [
        renamed(os.getppid()),
        renamed(1),
        renamed(os.getpid(), "elsewhere"),
        "aiokafka-0.14.0",
        "",
        renamed("x"),
    ],
    ids=["alive", "the first", "elsewhere", "another client's", "none", "odd"],
)
def test_of_others_nothing_is_known(client_id: str) -> None:
    assert not is_dead(client_id)
