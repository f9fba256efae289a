"""A key is withdrawn, the key that signs is rotated, and the topic of the keys is lost, under load."""

import asyncio
import shutil
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
from aiokafka.admin import AIOKafkaAdminClient

from faults.scene import Scene
from faults.tokens import token
from harness import access
from query_api.keys.signing import load_keys
from schemas.topics import IDENTITY

BODY = b'{"leads": [{"name": "I", "signal": [1, -1]}]}'
LIMIT_SECONDS = 60.0
POLL_SECONDS = 0.1


async def play(scene: Scene) -> None:
    """A stolen key works until it is withdrawn, and then never again; those who hold good tokens notice nothing."""
    folder, stolen = scene.system.var / "keys", scene.system.var / "stolen"
    user = await asyncio.to_thread(scene.system.new_user)
    load_keys(stolen)
    shutil.copy2(stolen / "sign-in.pem", folder / "stolen.pem")
    bad = token(stolen, user.id)
    await _until(lambda: _is(scene, bad, 202), "the second key to be believed")
    withdrawn = time.monotonic()
    (folder / "stolen.pem").unlink()
    await _until(lambda: _is(scene, bad, 401), "the key that was withdrawn to be refused")
    scene.tell(f"{time.monotonic() - withdrawn:.1f} s after a key was removed its tokens were refused")

    _rotate(folder)
    good = token(folder, user.id)
    await _until(lambda: _is(scene, good, 202), "the next key to be believed")

    await _lose_topic(scene.system.engines.kafka)
    await scene.injector.kill("ingest_api")
    began = time.monotonic()
    await access.apply_topics(scene.system.engines.kafka)
    await scene.injector.ready("ingest_api")
    scene.tell(f"{time.monotonic() - began:.1f} s after the topic was made again a new ingest API was ready")
    await scene.injector.kill("query_api")
    await scene.injector.ready("query_api")
    await scene.recovered(began)
    scene.must(await _is(scene, bad, 401), "the withdrawn key is believed again")
    scene.must(await _is(scene, good, 202), "the key that signs is not believed")


def _rotate(folder: Path) -> None:
    """By the book, but for the wait; the tokens of the load are of the key that is retired, and stay good."""
    made = folder.parent / f"made-{time.time_ns()}"
    load_keys(made)
    shutil.copy2(made / "sign-in.pem", folder / "next.pem")
    shutil.copy2(folder / "sign-in.pem", folder / f"retired-{time.time_ns()}.pem")
    (folder / "next.pem").replace(folder / "sign-in.pem")


async def _lose_topic(kafka: str) -> None:
    admin = AIOKafkaAdminClient(**access.to(kafka))
    await admin.start()
    try:
        await admin.delete_topics([IDENTITY.name])
        while IDENTITY.name in await admin.list_topics():
            await asyncio.sleep(POLL_SECONDS)
    finally:
        await admin.close()


async def _is(scene: Scene, bearer: str, status: int) -> bool:
    """Whether an upload with this token is answered so."""
    headers = {"Authorization": f"Bearer {bearer}", "Content-Type": "application/json"}
    async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
        answer = await http.post(f"{scene.system.ingest_url}/v1/ecgs", content=BODY, headers=headers)
    return answer.status_code == status


async def _until(holds: Callable[[], Awaitable[bool]], what: str) -> None:
    end = time.monotonic() + LIMIT_SECONDS
    while not await holds():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {LIMIT_SECONDS:.0f} s in vain for {what}")
        await asyncio.sleep(POLL_SECONDS)
