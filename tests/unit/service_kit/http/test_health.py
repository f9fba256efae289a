"""Alive is not ready, and a check that fails in any way has not passed."""

import asyncio

import pytest
from fastapi import FastAPI

from service_kit.engines.errors import StoreIncompleteError
from service_kit.http import health
from tests.unit.service_kit.apps import ask


async def passes() -> bool:
    return True


async def says_no() -> bool:
    return False


async def fails() -> bool:
    raise OSError


async def hangs() -> bool:
    await asyncio.sleep(3_600)
    return True


def app(**options: dict[str, health.Check]) -> FastAPI:
    built = FastAPI()
    health.install(built, options.get("checks", {}), optional=options.get("optional", {}))
    return built


def test_ready_when_everything_needed_is_there() -> None:
    answer = ask(app(checks={"kafka": passes}), "GET", "/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "checks": {"kafka": "ok"}})


@pytest.mark.parametrize("check", [says_no, fails, hangs])
def test_not_ready_when_a_check_does_not_pass(check: health.Check, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_CHECK_TIMEOUT_SECONDS", 0.01)
    answer = ask(app(checks={"kafka": passes, "cassandra": check}), "GET", "/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "not ready", "checks": {"kafka": "ok", "cassandra": "away"}}


def test_why_a_check_failed_is_told_where_it_is_known() -> None:
    async def incomplete() -> bool:
        raise StoreIncompleteError("cassandra", "the table ecg.users_by_email is missing")

    answer = ask(app(checks={"cassandra": incomplete, "kafka": passes}), "GET", "/readyz")
    assert answer.status_code == 503
    assert answer.json()["why"] == {"cassandra": "the table ecg.users_by_email is missing"}


def test_what_is_optional_is_told_and_makes_nobody_unready() -> None:
    answer = ask(app(optional={"kafka": fails}), "GET", "/readyz")
    assert (answer.status_code, answer.json()["checks"]) == (200, {"kafka": "away"})


def test_alive_whatever_is_away_and_metrics_too() -> None:
    ill = app(checks={"kafka": fails})
    assert ask(ill, "GET", "/healthz").json() == {"status": "alive"}
    metrics = ask(ill, "GET", "/metrics")
    assert metrics.headers["content-type"].startswith("text/plain")
    assert "ecg_http_requests_total" in metrics.text
