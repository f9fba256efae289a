"""Clients as they are: Java's own, which offers HTTP/2 with every upload, a device on a modem, and one that hoards."""

import asyncio
import time
from contextlib import AsyncExitStack, suppress
from urllib.parse import urlsplit

from ecg_client.retries import RETRIED_STATUSES
from faults.driver import PAUSE_SECONDS, answered
from faults.ledger import Attempt, Sender, Upload
from faults.recordings import Mix, made
from faults.scene import Scene
from harness.java_client import How, JavaClient, java_client
from schemas.problems import UnauthenticatedError

JAVA_UPLOADS = 150
JAVA_PAUSE_SECONDS = 0.05
# Java takes a second or two to start.
JAVA_UPLOADS_AT_A_KILL, KILL_AFTER_SECONDS = 80, 4.0
HOWS: tuple[How, ...] = ("whole", "chunked", "asked")
UNSIGNED = "a.b.c"
# More than lies between two sockets of one machine.
UNWANTED_BYTES = 8_000_000
# GPRS at its worst; 88 kB take more than half a minute.
MODEM_BYTES_PER_SECOND = 2_500
MODEM_SAMPLES = 18_000
# More than one address may have of a process.
HALF_OPEN = 1_500


async def play(scene: Scene) -> None:
    """All uploads are taken, with a kill too; an early answer is read; no hoarder keeps others out."""
    sender = Sender(*await asyncio.to_thread(_new_user, scene))
    async with asyncio.TaskGroup() as group:
        modem = group.create_task(_modem(scene, sender))
        group.create_task(_java(scene, sender, JAVA_UPLOADS))
        group.create_task(_hoard(scene))
    scene.tell(f"88 kB over a modem took {modem.result():.0f} s")
    async with asyncio.TaskGroup() as group:
        group.create_task(_java(scene, sender, JAVA_UPLOADS_AT_A_KILL))
        await asyncio.sleep(KILL_AFTER_SECONDS)
        killed = await scene.injector.kill("ingest_api")
    await scene.recovered(killed)


def _new_user(scene: Scene) -> tuple[str, str]:
    user = scene.system.new_user()
    return user.id, user.token


async def _java(scene: Scene, sender: Sender, uploads: int) -> None:
    """Some uploads over one connection, as they come, and one that nobody may send."""
    async with java_client() as client:
        for number in range(uploads):
            await _send(scene, client, sender, number)
            await asyncio.sleep(JAVA_PAUSE_SECONDS)
        url = f"{scene.system.ingest_url}/v1/ecgs"
        answer = await client.post(url, bytes(UNWANTED_BYTES), token=UNSIGNED)
        scene.must(answer.status == UnauthenticatedError.status, f"without a token: {answer.status}")


async def _send(scene: Scene, client: JavaClient, sender: Sender, number: int) -> None:
    upload = Upload(f"java-{time.time_ns()}-{number}", sender, _MIX.recording(number))
    scene.ledger.uploads.append(upload)
    while not upload.accepted:
        attempt = await _attempt(scene, client, upload, HOWS[number % len(HOWS)])
        upload.attempts.append(attempt)
        if attempt.status not in {202, None, *RETRIED_STATUSES}:
            scene.must(False, f"Java's {upload.ecg_id} was answered with {attempt.status}")
            return
        if attempt.answer != "accepted":
            await asyncio.sleep(attempt.retry_after or PAUSE_SECONDS)


async def _attempt(scene: Scene, client: JavaClient, upload: Upload, how: How) -> Attempt:
    began = time.monotonic()
    body = upload.recording.body(upload.ecg_id)
    url = f"{scene.system.ingest_url}/v1/ecgs"
    try:
        answer = await client.post(url, body, token=upload.sender.token, how=how)
    except ConnectionError:
        return Attempt(began, time.monotonic() - began, "unknown")
    return answered(began, answer.status, answer.retry_after, answer.body)


async def _modem(scene: Scene, sender: Sender) -> float:
    """Upload over a slow link; the seconds that it took."""
    upload = Upload(f"modem-{time.time_ns()}", sender, made(22, {"II": MODEM_SAMPLES}, 500))
    scene.ledger.uploads.append(upload)
    body, began = upload.recording.body(upload.ecg_id), time.monotonic()
    reader, writer = await _connected(scene)
    writer.write(_head(scene, sender, len(body)))
    for sent in range(0, len(body), MODEM_BYTES_PER_SECOND):
        writer.write(body[sent : sent + MODEM_BYTES_PER_SECOND])
        await writer.drain()
        await asyncio.sleep(1)
    head, _, content = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    status = int(head.split()[1])
    upload.attempts.append(answered(began, status, None, content))
    scene.must(status == 202, f"the modem's upload was answered with {status}")
    return time.monotonic() - began


def _head(scene: Scene, sender: Sender, length: int) -> bytes:
    return (
        f"POST /v1/ecgs HTTP/1.1\r\nHost: {urlsplit(scene.system.ingest_url).netloc}\r\n"
        f"Authorization: Bearer {sender.token}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {length}\r\nConnection: close\r\n\r\n"
    ).encode()


async def _hoard(scene: Scene) -> None:
    """Open more connections than one address may have, from another one than the devices', and ask nothing."""
    async with AsyncExitStack() as stack:
        for _ in range(HALF_OPEN):
            _, writer = await _connected(scene, source="127.0.0.2")
            stack.callback(writer.close)
            with suppress(ConnectionError):
                writer.write(b"POST /v1/ecgs HTTP/1.1\r\n")
        await asyncio.sleep(1)
    met = [one for one in scene.ledger.attempts if one.status == 503]
    scene.must(not met, f"{len(met)} uploads met a hoarder of connections")


async def _connected(
    scene: Scene, *, source: str = "127.0.0.1"
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    where = urlsplit(scene.system.ingest_url)
    return await asyncio.open_connection(where.hostname, where.port, local_addr=(source, 0))


_MIX = Mix(large_every=10, long_every=50)
