"""A Kafka of a test's own, that may be killed or lose its topics."""

import asyncio
import os
import shutil
import signal
import subprocess
from pathlib import Path

from harness.running import until
from infra import tied
from infra.console import Console
from infra.engines.jars import ensure_jars
from infra.engines.java import ensure_java
from infra.engines.kafka import kafka
from infra.local.ports import any_free


class OwnKafka:
    """A broker without topics, not yet started."""

    def __init__(self, folder: Path) -> None:
        console = Console()
        self._program = kafka(
            ensure_java(console), ensure_jars(console), folder, folder / "kafka.log", any_free(), any_free()
        )
        self.address = self._program.address
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, unless it runs."""
        if self._process is not None:
            return
        self._program.prepare()
        with self._program.log.open("ab") as log:
            self._process = subprocess.Popen(
                tied.command(self._program.argv), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        until(lambda: asyncio.run(self._answers()), "Kafka")

    async def _answers(self) -> bool:
        return await self._program.answers()

    def signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        os.kill(self._process.pid, number)

    def kill(self) -> None:
        if self._process is not None:
            self.signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def forget(self) -> None:
        """Remove all data of a broker that was killed: started again it has no topics."""
        shutil.rmtree(self._folder)
        self._folder.mkdir()
