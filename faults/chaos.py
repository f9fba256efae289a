"""``make demo CHAOS=1``: uploads without a pause while the processor, Kafka and Cassandra are killed in turn.

A system of its own, in a folder that is removed afterwards. After each recovery, and at the end, the oracle looks at
every upload so far; exit code 1 when one was lost or came twice.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import httpx
from aiokafka.errors import KafkaError
from rich.console import Console as Rich

from faults.driver import Driver
from faults.following import Following, NotRecoveredError
from faults.injecting import Injector
from faults.ledger import Ledger, Sender
from faults.oracle import Verdict, judge
from harness.running import System, supervised
from infra.console import Console
from service_kit.engines.errors import EngineAwayError

# No further kill after that; the last recovery, the rest of the uploads and the oracle take their own time.
KILLING_SECONDS = 75.0
CALM_SECONDS = 5.0
RECOVERY_LIMIT_SECONDS = 120.0
PER_SECOND = 20.0
SENDERS = 3
LIVE_EVERY_SECONDS = 0.2
TITLES = {"stream_processor": "the stream processor", "kafka": "Kafka", "cassandra": "Cassandra"}
INTERRUPTED = 130


class Chaos:
    """One run on a system: what is shown of it, and its verdict."""

    def __init__(self, system: System, console: Console) -> None:
        self._system = system
        self._console = console
        self._injector = Injector(system)
        self._began = time.monotonic()
        self._checked = Verdict()

    async def run(self) -> Verdict:
        """Kill in turn until the time is over, and return what the oracle says of all. Raises NotRecoveredError."""
        users = [await asyncio.to_thread(self._system.new_user) for _ in range(SENDERS)]
        driver = Driver(
            self._system.ingest_url,
            [Sender(user.id, user.token) for user in users],
            prefix="chaos",
            per_second=PER_SECOND,
        )
        self._began = time.monotonic()
        async with Following(self._system.engines.cassandra, driver.ledger) as following:
            live = asyncio.create_task(self._live(following))
            try:
                async with driver:
                    await self._kill_in_turn(driver.ledger, following)
                    await driver.stop(give_up_seconds=RECOVERY_LIMIT_SECONDS)
                await following.settled(limit_seconds=RECOVERY_LIMIT_SECONDS)
            finally:
                live.cancel()
                with suppress(asyncio.CancelledError):
                    await live
        return await self._judge(driver.ledger)

    async def _kill_in_turn(self, ledger: Ledger, following: Following) -> None:
        while True:
            for name, title in TITLES.items():
                await asyncio.sleep(CALM_SECONDS)
                if time.monotonic() - self._began > KILLING_SECONDS:
                    return
                before = Ledger(list(ledger.accepted))
                killed = await self._injector.kill(name)
                self._say(f"kill -9 {title}")
                seconds = await following.recovered(killed, limit_seconds=RECOVERY_LIMIT_SECONDS)
                # Of those that were accepted before the kill none may be under way any more.
                self._checked = await self._judge(before)
                told = f"lost {len(self._checked.lost)}, twice {len(self._checked.twice)}"
                self._say(f"{title}: insights flow again after {seconds:.1f} s; so far {told}")

    async def _judge(self, ledger: Ledger) -> Verdict:
        engines = self._system.engines
        end = time.monotonic() + RECOVERY_LIMIT_SECONDS
        while True:
            try:
                return await judge(engines.kafka, engines.cassandra, self._system.query_url, ledger)
            except (EngineAwayError, KafkaError, httpx.HTTPError) as error:
                # The query API may still be on its way back to an engine.
                if time.monotonic() > end:
                    raise NotRecoveredError(f"the oracle could not look: {type(error).__name__}") from None
            await asyncio.sleep(LIVE_EVERY_SECONDS)

    async def _live(self, following: Following) -> None:
        while True:
            self._console.wait(
                f"  accepted {following.accepted:,}  stored {following.stored:,}  waiting {following.waiting():,}"
                f"  dead {self._checked.dead}  lost {len(self._checked.lost)}  twice {len(self._checked.twice)}"
            )
            await asyncio.sleep(LIVE_EVERY_SECONDS)

    def _say(self, text: str) -> None:
        self._console.say(f"  {time.monotonic() - self._began:5.1f} s  {text}")


def told(verdict: Verdict) -> list[str]:
    """The verdict in lines of rich's markup; what is wrong is named, up to ten each."""
    counts = f"accepted {verdict.accepted:,}  stored {verdict.stored:,}  dead {verdict.dead}"
    style = "bold green" if verdict.holds else "bold red"
    failed: Sequence[tuple[str, list[str]]] = (
        ("lost", verdict.lost),
        ("twice", verdict.twice),
        ("wrong", verdict.wrong),
    )
    said = "Kept: every 202 is one insight." if verdict.holds else "Broken."
    return [
        "The oracle, from Cassandra's rows, all topics and the owners' lists:",
        f"  {counts}  [{style}]lost {len(verdict.lost)}  twice {len(verdict.twice)}  {said}[/]",
        *(f"  {kind}: {one}" for kind, found in failed for one in found[:10]),
    ]


def main() -> None:
    """Start a system, pull its plugs, and tell the verdict."""
    console, rich = Console(), Rich(highlight=False, soft_wrap=True)
    console.say("Starting a system of its own: Kafka, Cassandra and the services …")
    try:
        with (
            tempfile.TemporaryDirectory(prefix="ecg-chaos-", ignore_cleanup_errors=True) as folder,
            supervised(Path(folder) / "var") as process,
        ):
            system = System(Path(folder) / "var", process)
            console.say(f"Uploading {PER_SECOND:.0f} ECGs a second; kill -9 in turn. Ctrl-C ends it.")
            verdict = asyncio.run(Chaos(system, console).run())
            system.http.close()
    except NotRecoveredError as error:
        sys.exit(f"The system did not recover: {error}.")
    except KeyboardInterrupt:
        console.say("Interrupted; everything is stopped.")
        sys.exit(INTERRUPTED)
    console.say()
    for line in told(verdict):
        rich.print(line)
    sys.exit(0 if verdict.holds else 1)


if __name__ == "__main__":
    main()
