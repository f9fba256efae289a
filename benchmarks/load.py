"""Load as devices and clients make it, from this process, bounded in count and time, on loopback."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

import aiohttp
import msgspec
import numpy as np

LEADS = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
SAMPLING_FREQUENCY_HZ = 500
# How often a client without long-poll asks: often enough not to blur what is measured.
POLL_SECONDS = 0.002
READABLE_LIMIT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Target:
    """Where to send, and as whom."""

    ingest_url: str
    query_url: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        """The headers of every request."""
        return {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}


def bodies(count: int, samples: int, *, prefix: str) -> list[bytes]:
    """Upload bodies of 12 leads with `samples` integers each, made before anything is timed."""
    noise = np.random.default_rng(1)
    time_axis = np.arange(samples) / SAMPLING_FREQUENCY_HZ
    beat = 900 * np.sin(2 * np.pi * 1.2 * time_axis)
    leads = [
        {"name": name, "signal": (beat + noise.normal(0, 120, samples)).astype(int).tolist()}
        for name in LEADS
    ]
    template = {"sampling_frequency": SAMPLING_FREQUENCY_HZ, "leads": leads}
    return [msgspec.json.encode({"id": f"{prefix}-{number}", **template}) for number in range(count)]


async def upload(target: Target, payloads: Sequence[bytes], *, connections: int) -> list[float]:
    """Post every payload once, by so many connections side by side; the seconds each took."""
    waiting = iter(payloads)
    seconds: list[float] = []

    async def device(session: aiohttp.ClientSession) -> None:
        for payload in waiting:
            began = time.perf_counter()
            async with session.post(f"{target.ingest_url}/v1/ecgs", data=payload) as answer:
                await answer.read()
                answer.raise_for_status()
            seconds.append(time.perf_counter() - began)

    async with _session(target, connections) as session:
        await asyncio.gather(*(device(session) for _ in range(connections)))
    return seconds


async def readable(
    target: Target, payloads: Sequence[bytes], *, every_seconds: float, long_poll: bool
) -> list[float]:
    """Post one payload at a time, at a steady pace; the seconds from sending to having read."""
    seconds: list[float] = []

    async def one(session: aiohttp.ClientSession, payload: bytes) -> None:
        began = time.perf_counter()
        async with session.post(f"{target.ingest_url}/v1/ecgs", data=payload) as answer:
            answer.raise_for_status()
            where = answer.headers["Location"]
        wait = {"Prefer": "wait=20"} if long_poll else {}
        async with asyncio.timeout(READABLE_LIMIT_SECONDS):
            while True:
                async with session.get(where, headers=wait) as answer:
                    answer.raise_for_status()
                    if answer.status == 200:
                        break
                await asyncio.sleep(POLL_SECONDS)
        seconds.append(time.perf_counter() - began)

    async with _session(target, 8) as session, asyncio.TaskGroup() as tasks:
        for payload in payloads:
            tasks.create_task(one(session, payload))
            await asyncio.sleep(every_seconds)
    return seconds


def _session(target: Target, connections: int) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(headers=target.headers, connector=aiohttp.TCPConnector(limit=connections))
