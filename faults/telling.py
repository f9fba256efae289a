"""What owners are told of uploads that the fault itself took out of Kafka."""

import asyncio
from urllib.parse import urlsplit

import httpx

from faults.ledger import Upload
from faults.scene import Scene

LIMIT_SECONDS = 120.0
LOOK_SECONDS = 0.5


async def gone(scene: Scene, before: float) -> int:
    """What was accepted before this moment of the monotonic clock may be gone from Kafka. Return when each is stored or
    its owner hears that it is not, and why; how many these are.
    """
    scene.ledger.gone_before = before
    by_place = {(upload.sender.id, upload.ecg_id): upload for upload in scene.ledger.accepted}
    told = 0
    async with asyncio.timeout(LIMIT_SECONDS), httpx.AsyncClient(trust_env=False, timeout=30) as http:
        while missing := scene.following.missing(before):
            for place in missing:
                reason = await _reason(http, scene.system.query_url, by_place[place])
                if reason is not None:
                    by_place[place].told = reason
                    scene.following.give_up(place)
                    told += 1
            await asyncio.sleep(LOOK_SECONDS)
    return told


async def _reason(http: httpx.AsyncClient, query_url: str, upload: Upload) -> str | None:
    """Why an upload was rejected, by its receipt; None where it was not."""
    place = urlsplit(upload.accepted[0].location or "")
    path = place.path.replace("/insights", "/status")
    answer = await http.get(
        f"{query_url}{path}?{place.query}", headers={"Authorization": f"Bearer {upload.sender.token}"}
    )
    if answer.status_code != httpx.codes.OK:
        return None
    status = answer.json()
    return str(status["reason"]) if status["status"] == "rejected" else None
