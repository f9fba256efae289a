"""Uploads and queries each need one engine alone; what is accepted meanwhile is answered later."""

from harness.reference_count import zero_crossings
from harness.running import System, User, leads_of, until

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
