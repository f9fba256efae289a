"""A Kafka of a test's own, that may be killed, lose its topics or move."""

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from harness import access
from harness.running import until
from infra import tied
from infra.console import Console
from infra.engines.jars import ensure_jars
from infra.engines.java import ensure_java
from infra.engines.kafka import alone, kafka
from infra.local.ports import any_free
from infra.program import Program


class OwnKafka:
    """A broker without topics, not yet started. `settings`: what it is told beside what all are."""

    def __init__(self, folder: Path, settings: str = "") -> None:
        self._folder = folder
        self._settings = settings
        self._controller_port = any_free()
        self._program = self._anywhere()
        self._process: subprocess.Popen[bytes] | None = None

    def _anywhere(self) -> Program:
        console = Console()
        java, jars, log = ensure_java(console), ensure_jars(console), self._folder / "kafka.log"
        place = replace(alone(self._controller_port), settings=self._settings)
        return kafka(
            java, jars, self._folder, log, any_free(), self._controller_port, access.accounts(), member=place
        )

    @property
    def address(self) -> str:
        """Where it listens, and what it tells its clients."""
        return self._program.address

    def move(self) -> None:
        """Kill it, and start it at another address with what it has."""
        self.kill()
        self._program = self._anywhere()
        self.start()

    def start(self) -> None:
        """Start it, unless it runs."""
        if self._process is not None:
            return
        self._program.prepare()
        with self._program.log.open("ab") as log:
            self._process = subprocess.Popen(
                tied.command(self._program.argv), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        until(self._answers, "Kafka")

    def _answers(self) -> bool:
        async def ask() -> bool:
            return await self._program.answers()

        return asyncio.run(ask())

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


@contextmanager
def own_kafka(folder: Path) -> Iterator[OwnKafka]:
    """A broker with the topics, its accounts and their rights; killed after the block."""
    broker = OwnKafka(folder)
    broker.start()
    try:
        asyncio.run(access.apply_topics(broker.address))
        yield broker
    finally:
        broker.kill()
