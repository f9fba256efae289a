"""A Cassandra that comes back at another address, with its data, and a name that leads to where it is."""

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from harness import access
from harness.running import until
from infra import tied
from infra.console import Console
from infra.engines.cassandra import ask, cassandra
from infra.engines.jars import ensure_jars
from infra.engines.java import ensure_java
from infra.local.ports import any_free

NAME = "cassandra.test"


class Moving:
    """One node, at one of this machine's loopback addresses at a time."""

    def __init__(self, folder: Path) -> None:
        console = Console()
        self._config = folder / "data" / "cassandra.yaml"
        self._log = folder / "cassandra.log"
        self.port = any_free()
        folder.joinpath("data").mkdir(parents=True)
        self._program = cassandra(
            ensure_java(console),
            ensure_jars(console),
            folder / "data",
            self._log,
            self.port,
            any_free(),
            access.accounts(),
        )
        self._process: subprocess.Popen[bytes] | None = None
        self.host = ""

    def start(self, host: str) -> None:
        """Start at this address; returns when it answers there."""
        self.host = host
        self._program.prepare()
        self._config.write_text(self._config.read_text().replace("127.0.0.1", host))
        with self._log.open("ab") as out:
            self._process = subprocess.Popen(
                tied.command(self._program.argv), stdin=subprocess.DEVNULL, stdout=out, stderr=out
            )
        until(lambda: ask(host, self.port, access.accounts()), f"Cassandra at {host}")

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            os.kill(self._process.pid, signal.SIGKILL)
            self._process.wait()


@contextmanager
def moving(folder: Path) -> Iterator[Moving]:
    """Not yet started; gone after the block."""
    node = Moving(folder)
    try:
        yield node
    finally:
        node.kill()


def lead(name: str, node: Moving, patch: pytest.MonkeyPatch) -> None:
    """Have this process's resolver lead a name to where the node is now."""
    resolve = socket.getaddrinfo

    def getaddrinfo(host: Any, *arguments: Any, **named: Any) -> Any:
        return resolve(node.host if host == name else host, *arguments, **named)

    patch.setattr(socket, "getaddrinfo", getaddrinfo)
