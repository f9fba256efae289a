"""A line of log is one JSON object that names its request; a failure is told without its text."""

import json
import logging
import time
from datetime import datetime, timedelta

import pytest

from service_kit import logs
from tests.unit.service_kit.apps import SECRET, ask, failing_app


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> "list[dict[str, object]]":
    before = logging.root.handlers[:], logging.root.level
    logs.configure("test", "INFO")
    try:
        logging.getLogger("ours").info("said", extra={"count": 3})
        logging.getLogger("aiokafka").info("not said")
        ask(failing_app(), "GET", "/broken", headers={"x-request-id": "request-1"})
    finally:
        logging.root.handlers, logging.root.level = before
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_lines_are_objects_with_what_was_said(lines: list[dict[str, object]]) -> None:
    first = lines[0]
    assert first["message"] == "said"
    assert (first["level"], first["logger"], first["service"], first["count"]) == ("INFO", "ours", "test", 3)
    assert not any(line["message"] == "not said" for line in lines)


def test_a_line_says_when_in_utc_wherever_its_host_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = logging.root.handlers[:], logging.root.level
    try:
        with monkeypatch.context() as elsewhere:
            elsewhere.setenv("TZ", "America/New_York")
            time.tzset()
            logs.configure("test", "INFO")
            logging.getLogger("ours").info("said")
    finally:
        time.tzset()
        logging.root.handlers, logging.root.level = before
    (line,) = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert next(iter(line)) == "time"
    assert line["time"].endswith("Z")
    said = datetime.fromisoformat(line["time"])
    assert said.utcoffset() == timedelta(0)
    assert abs(said.timestamp() - time.time()) < timedelta(minutes=30).total_seconds()


def test_a_failure_is_told_by_type_and_place_and_never_by_its_text(lines: list[dict[str, object]]) -> None:
    (failure,) = [line for line in lines if line["message"] == "unforeseen failure"]
    assert failure["error"] == "RuntimeError"
    assert failure["request_id"] == "request-1"
    assert "broken" in str(failure["at"])
    assert SECRET not in json.dumps(lines)


def test_a_library_repeats_itself_in_vain_and_we_do_not(capsys: pytest.CaptureFixture[str]) -> None:
    before = logging.root.handlers[:], logging.root.level
    logs.configure("test", "INFO")
    try:
        for attempt in range(5):
            logging.getLogger("aiokafka.conn").error("cannot connect to %s", attempt)
            logging.getLogger("ours").warning("kafka is away")
        logging.getLogger("aiokafka.conn").error("something else")
    finally:
        logging.root.handlers, logging.root.level = before
    said = [json.loads(line)["message"] for line in capsys.readouterr().err.splitlines()]
    assert said.count("kafka is away") == 5
    assert [line for line in said if line != "kafka is away"] == ["cannot connect to 0", "something else"]
