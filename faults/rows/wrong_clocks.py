"""Ingest hosts 20 minutes ahead and behind, and one whose clock jumps, under load."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, AsyncExitStack, ExitStack, asynccontextmanager

import httpx

from faults.beside import Copy, another, ready
from faults.contests import Contests
from faults.driver import Driver
from faults.ledger import Sender
from faults.scene import Scene
from faults.tokens import token
from harness.clocks import Clock

OFF_SECONDS = 1200.0
# Of a machine that does other things as well.
SLACK_SECONDS = 60.0
JUMPS = (OFF_SECONDS, -OFF_SECONDS, 0.0, 300.0, -OFF_SECONDS, OFF_SECONDS)
JUMP_EVERY_SECONDS = 2.0
# A token that holds by every clock here: given half an hour ago, for an hour.
GIVEN_AGO, LIFE = 1800, 3600
CONTESTS, VISITS = 30, 4


async def play(scene: Scene) -> None:
    """Uploads and contests through all three; the processor dies in between, and works through them again."""
    user = await asyncio.to_thread(scene.system.new_user)
    sender = Sender(user.id, _good(scene, user.id))
    with ExitStack() as hosts:
        clocks = [Clock(scene.system.var / f"clock-{name}") for name in ("ahead", "behind", "jumping")]
        for clock, ahead in zip(clocks, (OFF_SECONDS, -OFF_SECONDS, 0.0), strict=True):
            clock.set(ahead)
        copies = [hosts.enter_context(_host(scene, number, clock)) for number, clock in enumerate(clocks)]
        for copy in copies:
            await ready(scene, copy)
        contests = Contests(
            scene.system.query_url, [copy.url for copy in copies], sender, f"contest-{time.time_ns()}"
        )
        async with AsyncExitStack() as loads:
            for number, copy in enumerate(copies):
                await loads.enter_async_context(_load(scene, copy, number))
            await loads.enter_async_context(_jumping(clocks[2]))
            for _ in range(VISITS):
                await contests.hold(CONTESTS // VISITS)
                await contests.visit()
                await scene.injector.kill("stream_processor")
        await _must_say(scene, *copies[:2])
        for clock in clocks:
            clock.set(0)
        for copy in copies:
            await ready(scene, copy)
    await scene.recovered()
    await contests.decided()
    await contests.visit()
    scene.broken += contests.wrong
    scene.tell(f"{len(contests.ids)} ECGs had two contents, each sent to two of the hosts in turn")


def _good(scene: Scene, user_id: str) -> str:
    return token(scene.system.var / "keys", user_id, given_ago=GIVEN_AGO, life=LIFE)


def _host(scene: Scene, number: int, clock: Clock) -> AbstractContextManager[Copy]:
    return another(scene, "ingest_api", f"ingest_api-{number}", command=clock.command("ingest_api"))


@asynccontextmanager
async def _load(scene: Scene, copy: Copy, number: int) -> AsyncIterator[None]:
    """Uploads of the scene's own users to this host; they are judged with the others."""
    senders = [Sender(one.id, _good(scene, one.id)) for one in scene.driver.senders]
    prefix = f"{scene.driver.prefix}-host-{number}"
    async with Driver(copy.url, senders, prefix=prefix, connections=2, per_second=6.0) as driver:
        yield
        await driver.stop()
    scene.ledger.uploads.extend(driver.ledger.uploads)


@asynccontextmanager
async def _jumping(clock: Clock) -> AsyncIterator[None]:
    async def jump() -> None:
        for ahead in itertools.cycle(JUMPS):
            clock.set(ahead)
            await asyncio.sleep(JUMP_EVERY_SECONDS)

    jumping = asyncio.create_task(jump())
    try:
        yield
    finally:
        jumping.cancel()
        await asyncio.gather(jumping, return_exceptions=True)


async def _must_say(scene: Scene, ahead: Copy, behind: Copy) -> None:
    """Both are not ready and say why; a token that was given now is refused by the one behind, with the reason."""
    body = b'{"leads": [{"name": "I", "signal": [1, -1]}]}'
    now = token(scene.system.var / "keys", scene.driver.senders[0].id)
    async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
        for copy, word in ((ahead, "ahead"), (behind, "behind")):
            told = await http.get(f"{copy.url}/readyz")
            away = (told.status_code, told.json()["checks"]["clock"]) == (503, "away")
            scene.must(away and word in told.text, f"the host that is {word} does not say so")
        refused = await http.post(
            f"{behind.url}/v1/ecgs",
            content=body,
            headers={"Authorization": f"Bearer {now}", "Content-Type": "application/json"},
        )
    scene.must(refused.status_code == httpx.codes.UNAUTHORIZED, "a token of the future was taken")
    scene.must("ahead of the one here" in refused.text, "a refusal because of time does not say so")
