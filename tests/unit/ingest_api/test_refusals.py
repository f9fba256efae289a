"""What is refused to a device is counted: bounded, in totals, and nothing of anybody else."""

import asyncio
from uuid import uuid4

from prometheus_client import REGISTRY
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ingest_api.refusals import CountRefusals, RefusalCounter
from schemas.claims import DEVICE_SCOPES, SCOPES, Claims
from schemas.problems import UnauthenticatedError
from schemas.times import parse_rfc3339
from service_kit.engines.kafka.publisher import Publisher
from service_kit.engines.kafka.settings import KafkaSettings

NOW = parse_rfc3339("2026-11-23T08:30:00Z")
WEEK = 7 * 24 * 60 * 60 * 1_000_000


def device() -> Claims:
    return Claims(uuid4(), "client", DEVICE_SCOPES, "t", device_id=uuid4())


def counter(remembered: int = 100) -> RefusalCounter:
    """One that is not opened, and tells nobody."""
    return RefusalCounter(Publisher(KafkaSettings(), timeout_seconds=1.0), remembered=remembered)


def uncounted() -> float:
    return REGISTRY.get_sample_value("ecg_ingest_refusals_uncounted_total") or 0.0


def test_what_was_refused_is_told_in_totals_and_once() -> None:
    counted, one, other = counter(), device(), device()
    for status in (422, 422, 413):
        counted.count(one, status, NOW)
    counted.count(other, 400, NOW)
    first, second = counted.untold()
    assert (first.owner_id, first.device_id, first.week) == (one.user_id, one.device_id, "2026-W48")
    assert (first.refused, first.last_refused_at) == ({"invalid": 2, "too-large": 1}, "2026-11-23T08:30:00Z")
    assert (second.device_id, second.refused) == (other.device_id, {"malformed": 1})
    assert first.counter == second.counter
    counted.count(other, 400, NOW)
    counted.were_told([first, second])
    (told,) = counted.untold()
    assert told.refused == {"malformed": 2}
    counted.were_told([told])
    assert counted.untold() == []


def test_a_week_has_totals_of_its_own() -> None:
    counted, one = counter(), device()
    for now in (NOW, NOW + WEEK):
        counted.count(one, 422, now)
    assert [(told.week, told.refused) for told in counted.untold()] == [
        ("2026-W48", {"invalid": 1}),
        ("2026-W49", {"invalid": 1}),
    ]


def test_an_outage_is_no_refusal_and_a_users_own_upload_no_devices() -> None:
    counted = counter()
    for status in (500, 503):
        counted.count(device(), status, NOW)
    counted.count(Claims(uuid4(), "client", SCOPES["client"], "t"), 422, NOW)
    assert counted.untold() == []


def test_there_is_no_end_of_devices_but_of_memory() -> None:
    counted, devices = counter(remembered=3), [device() for _ in range(5)]
    for one in devices[:3]:
        counted.count(one, 422, NOW)
    before = uncounted()
    counted.count(devices[3], 422, NOW)
    assert uncounted() == before + 1
    counted.were_told(counted.untold())
    counted.count(devices[0], 422, NOW)
    counted.count(devices[4], 422, NOW)
    assert {told.device_id for told in counted.untold()} == {devices[0].device_id, devices[4].device_id}


def test_only_what_a_good_token_of_a_device_brought_to_the_path_is_counted() -> None:
    counted, one = counter(), device()

    async def refusing(scope: Scope, receive: Receive, send: Send) -> None:
        await Response(status_code=int(scope["query_string"]))(scope, receive, send)

    async def send(_: object) -> None:
        """Nobody reads it."""

    async def receive() -> dict[str, object]:
        return {"type": "http.request"}

    app = CountRefusals(refusing, counter=counted, path="/v1/ecgs")
    for path, sender, status in (
        ("/v1/ecgs", one, b"422"),
        ("/v1/ecgs", one, b"202"),
        ("/v1/limits", one, b"422"),
        ("/v1/ecgs", UnauthenticatedError("expired"), b"401"),
        ("/v1/ecgs", None, b"404"),
    ):
        state = {} if sender is None else {"sender": sender}
        scope = {"type": "http", "path": path, "query_string": status, "state": state, "method": "POST"}
        asyncio.run(app(scope, receive, send))
    assert [(told.device_id, told.refused) for told in counted.untold()] == [(one.device_id, {"invalid": 1})]
