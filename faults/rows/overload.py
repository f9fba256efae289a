"""Twice as many uploads as the machine can take, for a while, beside devices that behave."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from benchmarks.bench import run
from benchmarks.usage import Usage, using
from faults.scene import Scene
from faults.stored import Stored
from schemas.stored import COMPUTED

# How much is taken is found by as many connections as keep every part busy.
BUSY_CONNECTIONS, BUSY_SECONDS = 32, 10.0
FLOODERS = 4
# Enough to have twice as much under way as there are places for.
CONNECTIONS = 512
SAMPLES = 5_000
TIMES = 2
NORMAL_AGAIN_SECONDS = 60.0
# So long a body may take to arrive, which on the cores that also make the flood may be long.
ANSWER_LIMIT_SECONDS = 30.0
# What the first half of the flood took, the second may exceed by so much: else it grows with what is sent. By then the
# allocator keeps as many buffers as there ever are at once.
FLAT = 1.15
# What its container has.
INGEST_MEGABYTES = 512
SERVICES = ("ingest_api", "stream_processor", "query_api")
PROGRAMS = (*SERVICES, "kafka", "cassandra")


async def play(scene: Scene, *, seconds: float = 60.0) -> None:
    """Refusals are quick and say when to come again, memory stays flat, nobody else is shut out, all 202s are kept."""
    users = [await asyncio.to_thread(scene.system.new_user) for _ in range(FLOODERS)]
    job = {
        "url": scene.system.ingest_url,
        "tokens": [user.token for user in users],
        "samples": SAMPLES,
    }
    busy = await _flood(job, prefix="busy", connections=BUSY_CONNECTIONS, seconds=BUSY_SECONDS)
    capacity = len(busy["accepted"]) / busy["seconds"]
    flooding = time.monotonic()
    halves, found = [], [busy]
    for half in ("first", "second"):
        with using({name: scene.system.pid(name) for name in PROGRAMS}) as used:
            found.append(
                await _flood(
                    job, prefix=half, connections=CONNECTIONS, seconds=seconds / 2, rate=TIMES * capacity
                )
            )
        halves.append(used)
    ended = time.monotonic()
    await scene.recovered(ended)
    scene.must(scene.recoveries[-1] < NORMAL_AGAIN_SECONDS, "not normal again within a minute")
    _must_be_refused_well(scene, found[1:], capacity, seconds)
    _must_be_flat(scene, *halves)
    others = [one for one in scene.ledger.attempts if flooding < one.began < ended]
    shut_out = sum(1 for one in others if one.answer != "accepted")
    scene.must(bool(others), "no device sent anything beside the flood")
    scene.must(shut_out == 0, f"{shut_out} of {len(others)} uploads of other users were not taken")
    accepted = [(users[number].id, ecg_id) for one in found for number, ecg_id in one["accepted"]]
    lost = await _not_stored(scene, accepted)
    scene.must(not lost, f"{lost} of {len(accepted)} uploads of the flood that got a 202 are not stored")


async def _flood(job: Mapping[str, Any], **how: Any) -> dict[str, Any]:
    prefix = f"{how.pop('prefix')}-{time.time_ns()}"
    return await asyncio.to_thread(run, "faults.flooding", {**job, **how, "prefix": prefix})


def _must_be_refused_well(scene: Scene, found: list[dict[str, Any]], capacity: float, seconds: float) -> None:
    statuses: dict[str, int] = {}
    for one in found:
        for status, count in one["statuses"].items():
            statuses[status] = statuses.get(status, 0) + count
    sent, taken = sum(statuses.values()), statuses.get("202", 0)
    slowest = max(one["slowest"] for one in found)
    scene.tell(
        f"{capacity:.0f} a second were taken at full work; {sent / seconds:.0f} a second sent for {seconds:.0f} s, "
        f"{taken / seconds:.0f} taken, the others refused; slowest answer {slowest:.1f} s"
    )
    scene.must(statuses.keys() <= {"202", "429", "503"}, f"the flood was answered with {sorted(statuses)}")
    scene.must(taken < sent, "nothing was refused: it was no flood")
    scene.must(sum(one["unasked"] for one in found) == 0, "refused without a Retry-After")
    scene.must(slowest < ANSWER_LIMIT_SECONDS, f"an answer took {slowest:.1f} s")


def _must_be_flat(scene: Scene, first: Mapping[str, Usage], second: Mapping[str, Usage]) -> None:
    peaks = ", ".join(
        f"{name} {first[name].peak_megabytes:.0f} and {second[name].peak_megabytes:.0f}" for name in PROGRAMS
    )
    scene.tell(f"most memory in the first and the second half, MB: {peaks}")
    for name in SERVICES:
        before, after = first[name].peak_megabytes, second[name].peak_megabytes
        scene.must(after <= FLAT * before, f"{name} took {before:.0f} MB, and then {after:.0f} MB")
    took = max(first["ingest_api"].peak_megabytes, second["ingest_api"].peak_megabytes)
    scene.must(took <= INGEST_MEGABYTES, f"the ingest API took {took:.0f} MB")


async def _not_stored(scene: Scene, places: list[tuple[str, str]]) -> int:
    """How many of these have not exactly one computed answer."""
    stored = Stored(scene.system.engines.cassandra)
    await stored.open()
    try:
        await stored.connected()
        end = time.monotonic() + NORMAL_AGAIN_SECONDS
        while True:
            rows = await stored.rows(places)
            wrong = sum(1 for found in rows.values() if [row["status"] for row in found] != [COMPUTED])
            if not wrong or time.monotonic() > end:
                return wrong
            await asyncio.sleep(1)
    finally:
        await stored.close()
