"""One row of the suite: uploads go on, a fault happens, and afterwards the oracle speaks."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from faults.driver import Driver
from faults.following import Following, NotRecoveredError
from faults.injecting import Injector
from faults.ledger import Ledger, Sender
from faults.oracle import Verdict, judge
from harness.links import Link
from harness.running import System

# Of a machine that does other things as well; the recoveries themselves are measured and told.
RECOVERY_LIMIT_SECONDS = 240.0
SENDERS = 3


@dataclass(slots=True)
class Scene:
    """What a row acts on. `broken`: what must hold and did not, besides the oracle. `recoveries`: seconds, from the
    moment the fault was taken away. `links`: what lies between the services and each engine, where the system has such.
    `poison`: dead letters that the row brought about on purpose. `told`: what else was measured, in sentences.
    """

    system: System
    injector: Injector
    driver: Driver
    following: Following
    links: Mapping[str, Link] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    recoveries: list[float] = field(default_factory=list)
    poison: int = 0
    told: list[str] = field(default_factory=list)

    @property
    def ledger(self) -> Ledger:
        """What was sent so far."""
        return self.driver.ledger

    def must(self, holds: bool, what: str) -> None:
        """Remember what did not hold."""
        if not holds:
            self.broken.append(what)

    def tell(self, what: str) -> None:
        """Have something said below the row."""
        self.told.append(what)

    async def recovered(self, since: float | None = None) -> None:
        """Wait until all is normal again, counted from `since` (monotonic seconds), else from now."""
        began = time.monotonic() if since is None else since
        try:
            self.recoveries.append(
                await self.following.recovered(began, limit_seconds=RECOVERY_LIMIT_SECONDS)
            )
        except NotRecoveredError as error:
            self.broken.append(str(error))


Play = Callable[[Scene], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Result:
    """What a row gave. `recoveries`: seconds, in the order of its faults. `told`: what else was measured. `not_run`:
    why it could not be run here.
    """

    row: int
    fault: str
    verdict: Verdict
    poison: int = 0
    recoveries: Sequence[float] = ()
    broken: Sequence[str] = ()
    told: Sequence[str] = ()
    seconds: float = 0.0
    not_run: str | None = None

    @property
    def passed(self) -> bool:
        """Whether everything held."""
        return self.not_run is None and self.verdict.holds and not self.broken


async def perform(
    row: int,
    fault: str,
    play: Play,
    system: System,
    *,
    links: Mapping[str, Link] = MappingProxyType({}),
    per_second: float = 30.0,
    connections: int = 6,
) -> Result:
    """Upload as users of its own, play the fault, wait until all is stored, and ask the oracle."""
    began = time.monotonic()
    users = [await asyncio.to_thread(system.new_user) for _ in range(SENDERS)]
    driver = Driver(
        system.ingest_url,
        [Sender(user.id, user.token) for user in users],
        prefix=f"row-{row}-{time.time_ns() // 1_000_000}",
        connections=connections,
        per_second=per_second,
    )
    verdict, engines = Verdict(), system.engines
    async with Following(engines.cassandra, driver.ledger) as following:
        scene = Scene(system, Injector(system), driver, following, links)
        try:
            async with driver:
                await following.recovered(began, limit_seconds=RECOVERY_LIMIT_SECONDS)
                await play(scene)
                await driver.stop(give_up_seconds=RECOVERY_LIMIT_SECONDS)
            await following.settled(limit_seconds=RECOVERY_LIMIT_SECONDS)
        except Exception as error:  # noqa: BLE001 - whatever ended it, the row is broken and the next one is played
            scene.broken.append(f"{type(error).__name__}: {error}")
    try:
        verdict = await judge(engines.kafka, engines.cassandra, system.query_url, driver.ledger)
    except Exception as error:  # noqa: BLE001 - the same
        scene.broken.append(f"the oracle could not look: {type(error).__name__}: {error}")
    return Result(
        row,
        fault,
        verdict,
        scene.poison,
        scene.recoveries,
        scene.broken,
        scene.told,
        time.monotonic() - began,
    )
