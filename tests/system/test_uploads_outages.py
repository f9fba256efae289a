"""Uploads while Kafka is away, hangs or was never there: refused in bounded time, taken when it is back."""

import asyncio
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness import access
from harness.brokers import OwnKafka
from harness.ingesting import STOP_LIMIT_SECONDS, Ingest, Signer, ingesting, until_ready
from harness.running import until

# The service is told 3; an answer may come after that, a connection's wait, and a busy machine's slack.
PUBLISH_SECONDS = 3
ANSWER_LIMIT_SECONDS = 8.0
ECG = {"leads": [{"name": "I", "signal": [1, -1, 1]}]}


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnKafka]:
    folder = tmp_path_factory.mktemp("kafka")
    own = OwnKafka(folder)
    yield own
    own.kill()


@pytest.fixture(scope="module")
def ingest(broker: OwnKafka, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ingest]:
    log = tmp_path_factory.mktemp("ingest") / "ingest.log"
    with ingesting(broker.address, Signer(), log, ECG_INGEST_PUBLISH_SECONDS=str(PUBLISH_SECONDS)) as running:
        yield running


def refused(ingest: Ingest) -> None:
    """An upload now is refused in bounded time, in a way that asks to come again."""
    began = time.monotonic()
    answer = ingest.post(ECG)
    assert time.monotonic() - began < ANSWER_LIMIT_SECONDS
    assert answer.status_code == 503, answer.text
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.json()["type"] == "urn:ecg:problem:unavailable"


def taken(ingest: Ingest) -> None:
    """Uploads are taken again soon, all partitions alike."""
    until(lambda: ingest.post(ECG).status_code == 202, "an accepted upload", 30)
    assert {ingest.post(ECG).status_code for _ in range(40)} == {202}


@pytest.fixture
def up(ingest: Ingest, broker: OwnKafka) -> None:
    """Everything is there, whatever ran before."""
    broker.start()
    asyncio.run(access.apply_topics(broker.address))
    ingest.signer.announce(broker.address)
    until_ready(ingest)
    taken(ingest)


def test_it_starts_before_kafka_and_before_the_topics(ingest: Ingest, broker: OwnKafka) -> None:
    until(ingest.alive, "a living process")
    refused(ingest)
    broker.start()
    refused(ingest)
    assert not ingest.ready()
    asyncio.run(access.apply_topics(broker.address))
    ingest.signer.announce(broker.address)
    until_ready(ingest)
    taken(ingest)


@pytest.mark.usefixtures("up")
def test_a_hanging_kafka_refuses_in_bounded_time_and_is_found_again(ingest: Ingest, broker: OwnKafka) -> None:
    broker.signal(signal.SIGSTOP)
    try:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: refused(ingest), range(16)))
    finally:
        broker.signal(signal.SIGCONT)
    taken(ingest)


@pytest.mark.usefixtures("up")
def test_told_to_stop_while_kafka_hangs_it_ends_in_bounded_time(broker: OwnKafka, tmp_path: Path) -> None:
    signer = Signer()
    signer.announce(broker.address)
    with (
        ingesting(broker.address, signer, tmp_path / "ingest.log") as running,
        ThreadPoolExecutor(1) as pool,
    ):
        until_ready(running)
        broker.signal(signal.SIGSTOP)
        try:
            under_way = pool.submit(running.post, ECG)
            time.sleep(0.5)
            running.process.terminate()
            assert under_way.result().status_code == 503
            running.process.wait(STOP_LIMIT_SECONDS)
        finally:
            broker.signal(signal.SIGCONT)


@pytest.mark.usefixtures("up")
def test_told_to_stop_it_finishes_what_is_under_way(broker: OwnKafka, tmp_path: Path) -> None:
    signer = Signer()
    signer.announce(broker.address)
    with ingesting(broker.address, signer, tmp_path / "ingest.log") as running:
        until_ready(running)

        def slowly() -> Iterator[bytes]:
            yield b'{"leads":[{"name":"I","signal":[1,'
            running.process.terminate()
            time.sleep(1)
            yield b"2]}]}"

        assert running.post(content=slowly()).status_code == 202
        # The server ends by the signal it was sent, once it is done.
        assert running.process.wait(5) == -signal.SIGTERM
