"""The promise: every upload that got a 202 ends as exactly one insight, whatever fails in between."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from cassandra.cluster import Cluster

from schemas.topics import INSIGHTS
from tests.oracle import zero_crossings
from tests.system.running import System, User, leads_of, until
from tests.system.topics import read_topic

CATCH_UP_SECONDS = 90.0


def ecg(number: int) -> dict[str, object]:
    """A small ECG of its own: its answer is `number` crossings."""
    signal = [1 if step % 2 else -1 for step in range(number + 1)]
    return {"id": f"ecg-{number}", "leads": [{"name": "II", "signal": signal}]}


def expected(number: int) -> int:
    signal = [1 if step % 2 else -1 for step in range(number + 1)]
    return zero_crossings(signal)


def post(system: System, user: User, number: int) -> None:
    answer = system.http.post(f"{system.ingest_url}/v1/ecgs", json=ecg(number), headers=user.headers)
    assert answer.status_code == 202, answer.text


def computed(system: System, user: User) -> dict[str, int]:
    """Every ECG of the user that has its insight, with its value, page by page as a client would."""
    found: dict[str, int] = {}
    url = f"{system.query_url}/v1/ecgs?limit=200"
    while url:
        page = system.http.get(url, headers=user.headers)
        assert page.status_code == 200, page.text
        for item in page.json()["items"]:
            answer = system.http.get(
                f"{system.query_url}/v1/ecgs/{item['id']}/insights", headers=user.headers
            )
            assert answer.status_code == 200, answer.text
            (lead,) = leads_of(answer.json())
            assert item["id"] not in found, "listed twice"
            found[item["id"]] = lead["value"]
        following = page.json()["next"]
        url = f"{system.query_url}{following}" if following else ""
    return found


@pytest.fixture
def rows(system: System) -> Iterator[Cluster]:
    host, _, port = system.engines.cassandra.rpartition(":")
    with Cluster([host], port=int(port), protocol_version=4) as cluster:
        yield cluster


def test_killing_the_processor_loses_nothing_and_repeats_nothing(system: System, rows: Cluster) -> None:
    user = system.new_user()
    numbers = range(200)
    with ThreadPoolExecutor(4) as pool:
        for first in (0, 50, 100, 150):
            uploads = [pool.submit(post, system, user, number) for number in numbers[first : first + 50]]
            if first:
                # Three times, each while uploads are under way.
                system.kill("stream_processor")
            for upload in uploads:
                upload.result()
            if first:
                until(lambda: _processor_is_back(system), "the processor")
    until(lambda: _listed(system, user) == 200, "200 insights", CATCH_UP_SECONDS)

    answers = computed(system, user)
    assert answers == {f"ecg-{number}": expected(number) for number in numbers}
    stored = Counter(
        row.ecg_id
        for row in rows.connect("ecg").execute("SELECT owner_id, ecg_id, insight FROM insights_by_ecg")
        if (str(row.owner_id), row.insight) == (user.id, "zero_crossings")
    )
    assert stored == {f"ecg-{number}": 1 for number in numbers}
    events = read_topic(
        system.engines.kafka,
        INSIGHTS.name,
        lambda record: record.key.startswith(user.id.encode()) and b"/zero_crossings/" in record.key,
    )
    # Repeats are the same event again: by its id there is one for each.
    assert (
        len({dict(event.headers)["ce_id"] for event in events}) == len({event.key for event in events}) == 200
    )


def test_uploads_need_kafka_alone(system: System) -> None:
    user = system.new_user()
    away = ("query_api", "stream_processor", "cassandra")
    for name in away:
        system.stop(name)
    try:
        system.stop("ingest_api")
        system.start("ingest_api")
        for number in range(20):
            post(system, user, number)
    finally:
        for name in reversed(away):
            system.start(name)
    until(lambda: _listed(system, user) == 20, "20 insights", CATCH_UP_SECONDS)
    assert computed(system, user) == {f"ecg-{number}": expected(number) for number in range(20)}


def _listed(system: System, user: User) -> int:
    page = system.http.get(f"{system.query_url}/v1/ecgs?limit=200", headers=user.headers)
    return len(page.json()["items"]) if page.status_code == 200 else -1


def _processor_is_back(system: System) -> bool:
    try:
        return bool(system.http.get(f"{system.processor_url}/readyz").status_code == 200)
    except httpx.TransportError:
        return False
