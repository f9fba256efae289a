"""What the query API does without Cassandra and without Kafka, on the whole system."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from harness.querying import ADMIN_PASSWORD, serving
from harness.running import Engines, System, User, until

# The driver gives one statement five seconds; nothing asks twice in a row.
REFUSED_WITHIN_SECONDS = 8.0


@pytest.fixture
def user(system: System) -> User:
    return system.new_user()


def get(system: System, path: str, user: User, **headers: str) -> httpx.Response:
    return system.http.get(f"{system.query_url}{path}", headers=user.headers | headers)


def ready(system: System) -> httpx.Response:
    return system.http.get(f"{system.query_url}/readyz")


@contextmanager
def stopped(system: System, name: str) -> Iterator[None]:
    system.stop(name)
    try:
        yield
    finally:
        system.start(name)


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    # Each of its threads is stopped when it is next looked at; until then it answers.
    until(lambda: psutil.Process(pid).status() == psutil.STATUS_STOPPED, "the process to be stopped")
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def refuses_everything(system: System, user: User) -> None:
    """Every path that needs Cassandra answers 503 in bounded time; the others answer as ever."""
    admin = system.admin.headers
    form = {"username": user.email, "password": user.password}
    url = system.query_url
    asks: tuple[Callable[[], httpx.Response], ...] = (
        lambda: get(system, "/v1/ecgs", user),
        lambda: get(system, "/v1/ecgs/x", user),
        lambda: get(system, "/v1/ecgs/x/status", user, Prefer="wait=20"),
        lambda: get(system, "/v1/users/me", user),
        lambda: system.http.get(f"{url}/v1/users", headers=admin),
        lambda: system.http.post(f"{url}/v1/users", headers=admin, json={"email": "new@example.com"}),
        lambda: system.http.post(f"{url}/v1/token", data=form),
    )
    for ask in asks:
        started = time.monotonic()
        answer = ask()
        assert time.monotonic() - started < REFUSED_WITHIN_SECONDS
        assert answer.status_code == 503, answer.text
        assert answer.headers["retry-after"] == "1"
        assert answer.headers["content-type"] == "application/problem+json"
    assert ready(system).status_code == 503
    assert ready(system).json()["checks"]["cassandra"] == "away"
    for path in ("/healthz", "/.well-known/jwks.json", "/metrics"):
        assert get(system, path, user).status_code == 200


def answers_again(system: System, user: User) -> None:
    until(lambda: ready(system).status_code == 200, "the query API to find Cassandra")
    assert get(system, "/v1/ecgs", user).status_code == 200


def test_without_cassandra_it_refuses_and_finds_it_again(system: System, user: User) -> None:
    pid = system.pid("query_api")
    with stopped(system, "cassandra"):
        refuses_everything(system, user)
    answers_again(system, user)
    assert system.pid("query_api") == pid


def test_a_hanging_cassandra_is_refused_in_bounded_time(system: System, user: User) -> None:
    with frozen(system.pid("cassandra")):
        refuses_everything(system, user)
    answers_again(system, user)


def test_it_starts_before_cassandra_and_needs_no_kafka(system: System, user: User, tmp_path: Path) -> None:
    """Another copy: ready once Cassandra is there, with the admin made, while Kafka is still away."""
    gone = Engines("127.0.0.1:9", system.engines.cassandra, tmp_path / "keys")
    with frozen(system.pid("cassandra")):
        thawing = threading.Timer(7, os.kill, (system.pid("cassandra"), signal.SIGCONT))
        thawing.start()
        # An admin of its own: the system's would get this copy's password.
        with serving(gone, tmp_path, ECG_ADMIN_EMAIL="copy@example.com") as own:
            admin = own.user("copy@example.com", ADMIN_PASSWORD)
            assert own.get("/v1/users", admin).status_code == 200
            assert own.get("/readyz").json()["checks"]["kafka"] == "away"
        thawing.join()
    answers_again(system, user)


def test_without_kafka_queries_are_answered_and_waits_end(system: System, user: User) -> None:
    with stopped(system, "kafka"):
        assert get(system, "/v1/ecgs", user).status_code == 200
        started = time.monotonic()
        assert get(system, "/v1/ecgs/none", user, Prefer="wait=1").status_code == 404
        assert time.monotonic() - started < 3
        until(lambda: ready(system).json()["checks"]["kafka"] == "away", "Kafka to be missed")
        assert ready(system).status_code == 200


def test_after_an_outage_of_kafka_who_waits_is_woken_again(system: System, user: User) -> None:
    with stopped(system, "kafka"):
        pass
    until(lambda: ready(system).json()["checks"]["kafka"] == "ok", "Kafka to be found again")
    uploaded = system.http.post(
        f"{system.ingest_url}/v1/ecgs",
        json={"id": "after", "leads": [{"name": "I", "signal": [1, -1]}]},
        headers=user.headers,
    )
    assert uploaded.status_code == 202
    answer = system.http.get(uploaded.headers["location"], headers=user.headers | {"Prefer": "wait=30"})
    assert answer.status_code == 200
