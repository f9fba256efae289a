"""Sent once or many times, side by side and across kills: the same ECG has one insight, another content is shown."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from ecg_client import AsyncEcgClient, EcgClient, RetryPolicy
from ecg_client.errors import EcgError, NoAnswerError, ServerError
from ecg_client.results import Accepted
from harness.running import CHANGE_LIMIT_SECONDS, System, User, leads_of, until
from harness.topics import read_topic
from schemas.receipts import decode_receipt
from schemas.topics import INSIGHTS, UPLOADED

# What a device records in the meantime.
PAUSE_SECONDS = 0.2
RETRY = RetryPolicy(CHANGE_LIMIT_SECONDS, longest_pause_seconds=1)


def ecg(crossings: int, **more: object) -> dict[str, object]:
    """An ECG of so many zero crossings, and so a content of its own."""
    signal = [1 if step % 2 else -1 for step in range(crossings + 1)]
    return {"leads": [{"name": "II", "signal": signal}], **more}


def post(system: System, user: User, body: dict[str, object], **headers: str) -> dict[str, Any]:
    """Send until it is accepted, as a device does; what the 202 says, and where in the log it is."""
    sent = user.headers | {name.replace("_", "-"): value for name, value in headers.items()}
    answer: list[httpx.Response] = []

    def accepted() -> bool:
        try:
            answer[:] = [system.http.post(f"{system.ingest_url}/v1/ecgs", json=body, headers=sent)]
        except httpx.TransportError:
            return False
        assert answer[0].status_code in {202, 503}, answer[0].text
        return answer[0].status_code == 202

    until(accepted, "a 202")
    told: dict[str, Any] = answer[0].json()
    location = httpx.URL(answer[0].headers["location"])
    return told | {"offset": decode_receipt(location.params["receipt"]).offset}


def get(system: System, user: User, path: str) -> dict[str, Any]:
    answer = system.http.get(f"{system.query_url}/v1/ecgs{path}", headers=user.headers)
    told: dict[str, Any] = answer.json()
    return told


def conflicts(system: System, user: User, ecg_id: str) -> set[str]:
    """The contents that are shown beside the answer."""
    return {one["content_hash"] for one in get(system, user, f"/{ecg_id}/status").get("conflicts", ())}


def is_shown(system: System, user: User, ecg_id: str, crossings: int, others: set[str]) -> None:
    """One ECG with one answer, and wherever it is told of, the other contents beside it."""
    (item,) = get(system, user, "")["items"]
    insights = get(system, user, f"/{ecg_id}/insights")
    status = get(system, user, f"/{ecg_id}/status")
    assert [lead["value"] for lead in leads_of(insights)] == [crossings]
    ecg = get(system, user, f"/{ecg_id}")
    for told in (item, insights, status, ecg):
        assert (told["id"], told["status"]) == (ecg_id, "computed")
    for told in (item, insights, status, ecg):
        assert {one["content_hash"] for one in told.get("conflicts", ())} == others


def test_the_same_any_number_of_times_across_kills_is_one_insight(system: System) -> None:
    user = system.new_user()
    body = ecg(7, id="same")
    with ThreadPoolExecutor(6) as pool:
        uploads = [pool.submit(post, system, user, body) for _ in range(60)]
        until(lambda: any(upload.done() for upload in uploads), "a 202")
        for name in ("ingest_api", "stream_processor"):
            system.back(name, system.kill(name))
            uploads += [pool.submit(post, system, user, body) for _ in range(20)]
        told = [upload.result() for upload in uploads]
    (content,) = {one["content_hash"] for one in told}
    # Behind all of them in their partition: what is seen of it is seen after them.
    other = post(system, user, ecg(8, id="same"))["content_hash"]
    until(lambda: conflicts(system, user, "same") == {other}, "the conflict")

    is_shown(system, user, "same", 7, {other})
    owner = user.id.encode()
    sent = read_topic(system.engines.kafka, UPLOADED.name, lambda record: record.key.startswith(owner))
    assert len(sent) > len(told)
    events = read_topic(
        system.engines.kafka,
        INSIGHTS.name,
        lambda record: record.key.startswith(f"{user.id}/same/{content}/zero_crossings/".encode()),
    )
    assert len({dict(event.headers)["ce_id"] for event in events}) == 1


def test_of_several_contents_at_once_the_first_accepted_is_the_answer(system: System) -> None:
    user = system.new_user()
    with ThreadPoolExecutor(6) as pool:
        told = list(pool.map(lambda number: post(system, user, ecg(1 + number % 3, id="race")), range(18)))
    first = min(told, key=lambda one: int(one["offset"]))
    others = {one["content_hash"] for one in told} - {first["content_hash"]}
    assert len(others) == 2
    until(lambda: conflicts(system, user, "race") == others, "the conflicts")
    is_shown(system, user, "race", 1 + told.index(first) % 3, others)


def test_the_sender_of_another_content_hears_that_it_is_not_the_answer(system: System) -> None:
    user = system.new_user()
    with EcgClient(system.ingest_url, system.query_url, token=user.token) as client:
        first = client.upload(ecg(1, id="pieces"))
        second = client.upload(ecg(2, id="pieces"))
        again = client.upload(ecg(1, id="pieces"))
        assert (first.conflict, second.conflict, again.conflict) == (None, first.content_hash, None)

        became = {
            one.content_hash: client.insights("pieces", wait_seconds=20, receipt=one.receipt)
            for one in (first, second)
        }
        assert {found.insights[0].leads[0].value for found in became.values()} == {1}
        told = [found.upload for found in became.values()]
        assert [(one.content_hash, one.status) for one in told if one] == [
            (first.content_hash, "computed"),
            (second.content_hash, "conflict"),
        ]
        # A process that is new knows nothing of either; what became of them is told all the same.
        system.back("ingest_api", system.kill("ingest_api"))
        later = client.upload(ecg(2, id="pieces"))
        status = client.status("pieces", receipt=later.receipt)
        assert (later.conflict, status.upload and status.upload.status) == (None, "conflict")


def test_a_key_stands_for_the_id_quoted_or_bare_for_its_owner_alone(system: System) -> None:
    user, somebody = system.new_user(), system.new_user()
    keys = ["9f2c-41", '"9f2c-41"'] * 8
    with ThreadPoolExecutor(6) as pool:
        told = list(pool.map(lambda key: post(system, user, ecg(3), Idempotency_Key=key), keys))
    (ecg_id,) = {one["id"] for one in told}
    assert post(system, somebody, ecg(3), Idempotency_Key=keys[0])["id"] != ecg_id
    other = post(system, user, ecg(4), Idempotency_Key=keys[0])
    assert other["id"] == ecg_id
    until(lambda: conflicts(system, user, ecg_id) == {other["content_hash"]}, "the conflict")
    is_shown(system, user, ecg_id, 3, {other["content_hash"]})


def test_what_the_clients_try_again_under_faults_is_one_insight_each(system: System) -> None:
    blocking, waiting = system.new_user(), system.new_user()
    met: dict[str, list[EcgError]] = {blocking.id: [], waiting.id: []}
    enough = threading.Event()

    def upload_on() -> dict[str, int]:
        found: dict[str, int] = {}
        with EcgClient(
            system.ingest_url,
            system.query_url,
            token=blocking.token,
            retry=RETRY,
            retrying=lambda error, _: met[blocking.id].append(error),
        ) as client:
            while not enough.wait(PAUSE_SECONDS):
                found[client.upload(ecg(len(found))).id] = len(found)
        return found

    async def upload_on_by_four() -> dict[str, int]:
        numbers = iter(range(1_000_000))
        found: dict[str, int] = {}
        async with AsyncEcgClient(
            system.ingest_url,
            system.query_url,
            token=waiting.token,
            retry=RETRY,
            retrying=lambda error, _: met[waiting.id].append(error),
        ) as client:

            async def device() -> None:
                while not enough.is_set():
                    number = next(numbers)
                    accepted: Accepted = await client.upload(ecg(number))
                    found[accepted.id] = number
                    await asyncio.sleep(PAUSE_SECONDS)

            await asyncio.gather(*(device() for _ in range(4)))
        return found

    def both_met(kind: type[EcgError]) -> bool:
        return all(any(isinstance(error, kind) for error in errors) for errors in met.values())

    with ThreadPoolExecutor(2) as pool:
        uploads = pool.submit(upload_on), pool.submit(asyncio.run, upload_on_by_four())
        try:
            system.kill("ingest_api")
            until(lambda: both_met(NoAnswerError), "a broken connection of each")
            system.stop("kafka")
            until(lambda: both_met(ServerError), "a 503 of each")
        finally:
            system.start("kafka")
            enough.set()
        found = [upload.result(CHANGE_LIMIT_SECONDS) for upload in uploads]

    for user, numbers in zip((blocking, waiting), found, strict=True):
        assert sorted(numbers.values()) == list(range(len(numbers)))
        with EcgClient(system.ingest_url, system.query_url, token=user.token) as client:
            until(lambda: len(list(client.ecgs())) >= len(numbers), "the insights")  # noqa: B023
            assert sorted(item.id for item in client.ecgs()) == sorted(numbers)
            for ecg_id, number in numbers.items():
                told = client.insights(ecg_id)
                values = [
                    lead.value for one in told.insights if one.name == "zero_crossings" for lead in one.leads
                ]
                assert values == [number]
