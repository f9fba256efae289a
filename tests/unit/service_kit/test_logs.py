"""What the services say: one JSON object a line, and libraries no more often than is of use."""

import json
import logging
from collections.abc import Iterator

import pytest

from service_kit import logs


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """The log's configuration belongs to the process: put it back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


def test_a_library_repeats_itself_in_vain_and_we_do_not(capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure("ingest_api", "INFO")
    library, own = logging.getLogger("aiokafka.conn"), logging.getLogger("ingest_api.identity")
    for attempt in range(5):
        library.error("cannot connect to %s", attempt)
        own.warning("kafka is away")
    library.error("something else")
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    said = [line["message"] for line in lines]
    assert said.count("kafka is away") == 5
    assert [message for message in said if message != "kafka is away"] == [
        "cannot connect to 0",
        "something else",
    ]
    assert {line["service"] for line in lines} == {"ingest_api"}
