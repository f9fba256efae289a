"""A cluster that loses a broker and a node, in turn and together."""

import asyncio
import time
from itertools import pairwise

from faults.reading import Reading
from faults.scene import Scene

PAUSE_LIMIT_SECONDS = 3.0
# The broker, and the node, that is lost. The first broker is the controllers' first choice as well.
LOSSES = (("kafka-1",), ("cassandra-2",), ("kafka-2", "cassandra-3"))


async def play(scene: Scene, *, away_seconds: float = 15.0) -> None:
    """Nobody notices but by one more try: no upload and no read fails twice, and none waits long."""
    sender = scene.ledger.uploads[0].sender
    async with Reading(scene.system.query_url, sender) as reading:
        for names in LOSSES:
            lost = time.monotonic()
            scene.injector.hold(*names)
            await asyncio.sleep(away_seconds)
            _must_go_on(scene, reading, names, since=lost)
            released = time.monotonic()
            await scene.injector.release(*names)
            await scene.recovered(released)


def _must_go_on(scene: Scene, reading: Reading, names: tuple[str, ...], *, since: float) -> None:
    what = " and ".join(names)
    uploads = [one for one in scene.ledger.uploads if any(a.began + a.seconds > since for a in one.attempts)]
    again = max((len(upload.attempts) - 1 for upload in uploads), default=0)
    scene.must(again <= 1, f"{what} lost: an upload was tried {again + 1} times")
    ends = sorted(one.began + one.seconds for upload in uploads for one in upload.accepted)
    pause = max((after - before for before, after in pairwise(ends)), default=0.0)
    scene.must(pause < PAUSE_LIMIT_SECONDS, f"{what} lost: no upload was accepted for {pause:.1f} s")
    scene.recoveries.append(pause)
    failed = reading.failed_in_a_row(since)
    scene.must(failed <= 1, f"{what} lost: a read failed {failed} times in a row")
    slowest = reading.slowest(since)
    scene.must(slowest < PAUSE_LIMIT_SECONDS, f"{what} lost: a read took {slowest:.1f} s")
