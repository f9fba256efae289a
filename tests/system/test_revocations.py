"""What is revoked holds at the ingest API within seconds, after restarts and outages, whatever was away meanwhile.

On a Kafka of their own, for it is killed, and a Cassandra keyspace that all share: use ids of your own.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from harness import access, ingesting
from harness.brokers import OwnKafka, own_kafka
from harness.ingesting import Ingest, Signer, until_ready
from harness.running import Engines, until
from harness.topics import read_topic
from infra.access.accounts import QUERY
from query_api.revocations.book import RevocationBook
from query_api.revocations.store import TABLES, RevocationStore
from query_api.settings import Settings
from schemas.identity import (
    DeviceRevocation,
    DeviceRevoked,
    SessionEnded,
    decode_identity,
    encode_revocation,
)
from schemas.topics import IDENTITY
from service_kit.callers.revocations import Revocations
from service_kit.callers.root_of_trust import sealed
from service_kit.engines.cassandra.database import Database
from service_kit.engines.errors import EngineAwayError

ECG = {"leads": [{"name": "I", "signal": [1, -1, 1]}]}
PROMISED_SECONDS = 5.0
LIMIT_SECONDS = 60.0


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnKafka]:
    with own_kafka(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker


@pytest.fixture(scope="module")
def ingest(broker: OwnKafka, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ingest]:
    signer = Signer()
    with ingesting.ingesting(broker.address, signer, tmp_path_factory.mktemp("ingest") / "log") as running:
        signer.announce(broker.address)
        until_ready(running)
        yield running


@asynccontextmanager
async def writing(
    kafka: str, cassandra: str, revocations: Revocations | None = None
) -> AsyncIterator[RevocationBook]:
    """What the query API writes with, on these engines."""
    told = {"ECG_KAFKA": kafka, "ECG_CASSANDRA": cassandra, **access.environment(QUERY)}
    settings = Settings.model_validate(
        {name.removeprefix("ECG_").lower(): text for name, text in told.items()}
    )
    database = Database(settings, TABLES)
    book = RevocationBook(settings, RevocationStore(database), revocations or Revocations())
    await database.open()
    await book.open(ingesting.ROOT)
    try:
        yield book
    finally:
        await book.close()
        await database.close()


async def kept(write: Callable[[], Awaitable[None]]) -> None:
    """Do it once Cassandra is there."""
    async with asyncio.timeout(LIMIT_SECONDS):
        while True:
            try:
                return await write()
            except EngineAwayError:
                await asyncio.sleep(0.1)


def becomes(ingest: Ingest, token: str, status: int) -> float:
    """The seconds until an upload with the token is answered so."""
    began = time.monotonic()
    until(lambda: ingest.post(ECG, token=token).status_code == status, f"{status} for a token", LIMIT_SECONDS)
    return time.monotonic() - began


def test_a_user_who_is_deactivated_is_out_within_seconds_and_comes_back(
    engines: Engines, broker: OwnKafka, ingest: Ingest
) -> None:
    user, other = uuid4(), uuid4()
    token, others = (ingest.signer.token(user_id=one) for one in (user, other))
    becomes(ingest, token, 202)

    async def play() -> None:
        known = Revocations()
        async with writing(broker.address, engines.cassandra, known) as book:
            await kept(lambda: book.change_user(user, active=False))
            assert await asyncio.to_thread(becomes, ingest, token, 401) < PROMISED_SECONDS
            assert ingest.post(ECG, token=others).status_code == 202
            await kept(lambda: book.change_user(user, active=True))
            await asyncio.to_thread(becomes, ingest, token, 202)
            await kept(lambda: book.change_user(user, tokens_from=time.time() + 1))
            assert await asyncio.to_thread(becomes, ingest, token, 401) < PROMISED_SECONDS
            assert known.complete

    asyncio.run(play())


def test_what_is_revoked_while_kafka_is_away_holds_once_it_is_back_also_at_a_new_ingest_api(
    engines: Engines, broker: OwnKafka, ingest: Ingest, tmp_path: Path
) -> None:
    """By another writer than the one that was told, which is gone when Kafka is back."""
    user = uuid4()
    token = ingest.signer.token(user_id=user)
    becomes(ingest, token, 202)
    broker.kill()

    async def revoke() -> None:
        async with writing(broker.address, engines.cassandra) as book:
            await kept(lambda: book.change_user(user, active=False))

    async def publish() -> None:
        async with writing(broker.address, engines.cassandra):
            assert await asyncio.to_thread(becomes, ingest, token, 401) < LIMIT_SECONDS

    asyncio.run(revoke())
    broker.start()
    becomes(ingest, token, 202)
    asyncio.run(publish())
    with ingesting.ingesting(broker.address, ingest.signer, tmp_path / "ingest.log") as fresh:
        until_ready(fresh)
        assert fresh.post(ECG, token=token).status_code == 401
        assert fresh.post(ECG).status_code == 202


def test_a_topic_that_lost_everything_is_filled_again_and_what_is_over_leaves_it(
    engines: Engines, broker: OwnKafka
) -> None:
    device, session, over = uuid4(), uuid4(), uuid4()

    def on_topic() -> dict[bytes, bytes | None]:
        return {one.key: one.value for one in read_topic(broker.address, IDENTITY.name, lambda _: True)}

    def told() -> set[UUID]:
        changes = [decode_identity(key, value) for key, value in on_topic().items()]
        return {one.device_id for one in changes if isinstance(one, DeviceRevoked)} | {
            one.session_id for one in changes if isinstance(one, SessionEnded)
        }

    async def play() -> None:
        old = encode_revocation(DeviceRevoked(over, DeviceRevocation(until=1)), time=0)
        await ingesting.publish(broker.address, sealed(ingesting.ROOT, old))
        async with writing(broker.address, engines.cassandra) as book:
            await kept(lambda: book.revoke_device(device, expires_at=int(time.time()) + 1_000))
            await kept(lambda: book.end_session(session))
            await asyncio.to_thread(until, lambda: {device, session} <= told(), "both on the topic")
            await asyncio.to_thread(until, lambda: over not in told(), "what is over to leave")
            broker.kill()
            broker.forget()
            await asyncio.to_thread(broker.start)
            await access.apply_topics(broker.address)
            await asyncio.to_thread(until, lambda: {device, session} <= told(), "both again", LIMIT_SECONDS)
            assert await book.is_published()

    asyncio.run(play())
