"""What is revoked is revoked: which keys the ingest API believes is what the folder of the query API holds.

On a Kafka of their own, for the topic is deleted and made again.
"""

import asyncio
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from harness import access, ingesting
from harness.brokers import OwnKafka, own_kafka
from harness.ingesting import Ingest, until_ready
from harness.querying import Query, serving
from harness.running import Engines, until
from infra.access.accounts import QUERY
from infra.paths import REPOSITORY
from ingest_api.verification_keys import VerificationKeys
from query_api.keys.signing import Signer, load_keys
from schemas.claims import DEFAULT_AUDIENCE, DEFAULT_ISSUER, SCOPES
from schemas.topics import IDENTITY
from service_kit.callers.tokens import TokenVerifier

ECG = {"leads": [{"name": "I", "signal": [1, -1, 1]}]}
# Within seconds, on a machine that does other things as well; the keys were published again each 300 s once.
SOON_SECONDS = 45.0


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnKafka]:
    with own_kafka(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker


@pytest.fixture(scope="module")
def own(engines: Engines, broker: OwnKafka, tmp_path_factory: pytest.TempPathFactory) -> Engines:
    """A Kafka of this module's own beside the shared Cassandra."""
    return Engines(broker.address, engines.cassandra, tmp_path_factory.mktemp("keys") / "keys")


@pytest.fixture(scope="module")
def query(own: Engines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Query]:
    with serving(own, tmp_path_factory.mktemp("query")) as running:
        yield running


@pytest.fixture(scope="module")
def ingest(own: Engines, query: Query, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ingest]:
    log = tmp_path_factory.mktemp("ingest") / "ingest.log"
    with ingesting.ingesting(own.kafka, ingesting.Signer(own.keys), log) as running:
        until_ready(running)
        yield running


def token(keys: Path) -> str:
    """A token as a query API with this folder would give one to somebody new."""
    found = load_keys(keys)
    signer = Signer(lambda: found, issuer=DEFAULT_ISSUER, audience=DEFAULT_AUDIENCE, minutes=30)
    return signer.sign(uuid4(), "client", SCOPES["client"]).token


def status(ingest: Ingest, token: str) -> int:
    return ingest.post(ECG, token=token).status_code


def becomes(ingest: Ingest, token: str, expected: int) -> None:
    until(lambda: status(ingest, token) == expected, f"{expected} for a token", SOON_SECONDS)


def metric(query: Query, name: str) -> float:
    (line,) = re.findall(rf"^{name} (\S+)$", query.get("/metrics").text, re.MULTILINE)
    return float(line)


async def identity_topic_lost(kafka: str) -> None:
    admin = AIOKafkaAdminClient(**access.to(kafka))
    await admin.start()
    try:
        await admin.delete_topics([IDENTITY.name])
        while IDENTITY.name in await admin.list_topics():
            await asyncio.sleep(0.1)
    finally:
        await admin.close()


def test_the_keys_of_a_folder_that_was_lost_but_for_the_root_are_withdrawn(
    own: Engines, tmp_path: Path
) -> None:
    """The first here: a query API with another folder would keep this one from withdrawing anything."""
    keys = tmp_path / "keys"
    with ingesting.ingesting(own.kafka, ingesting.Signer(keys), tmp_path / "ingest.log") as ingest:
        with serving(own, tmp_path, ECG_KEYS_DIR=str(keys)):
            lost = token(keys)
            until_ready(ingest)
            becomes(ingest, lost, 202)
        root = (keys / "root.key").read_bytes()
        shutil.rmtree(keys)
        keys.mkdir(mode=0o700)
        (keys / "root.key").write_bytes(root)
        with serving(own, tmp_path, ECG_KEYS_DIR=str(keys)):
            becomes(ingest, lost, 401)
            assert status(ingest, token(keys)) == 202


def rotate(own: Engines, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "query_api.keys", "rotate", *arguments],
        env={**os.environ, **own.told(QUERY)},
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_rotation_cuts_nobody_off_and_the_next_one_ends_the_old_key(
    own: Engines, query: Query, ingest: Ingest, tmp_path: Path
) -> None:
    old = token(own.keys)
    becomes(ingest, old, 202)
    assert "It signs." in rotate(own)
    new = token(own.keys)
    until(lambda: query.get("/v1/ecgs", Authorization=f"Bearer {new}").status_code == 200, "the new key here")
    assert {status(ingest, one) for one in (old, new)} == {202}

    (retired,) = own.keys.glob("sign-in-retired-*.pem")
    retired.rename(own.keys / "sign-in-retired-1700000000.pem")
    assert "Removed sign-in-retired-1700000000.pem" in rotate(own)
    becomes(ingest, old, 401)
    assert status(ingest, new) == 202
    assert query.get("/v1/ecgs", Authorization=f"Bearer {old}").status_code == 401
    with ingesting.ingesting(own.kafka, ingesting.Signer(own.keys), tmp_path / "ingest.log") as again:
        until_ready(again)
        assert (status(again, old), status(again, new)) == (401, 202)


def test_the_identity_topic_is_lost_and_filled_again_by_itself(
    own: Engines, query: Query, ingest: Ingest, tmp_path: Path
) -> None:
    good = token(own.keys)
    becomes(ingest, good, 202)
    asyncio.run(identity_topic_lost(own.kafka))
    with ingesting.ingesting(own.kafka, ingesting.Signer(own.keys), tmp_path / "ingest.log") as fresh:
        until(fresh.alive, "a living process")
        assert status(fresh, good) == 503
        asyncio.run(access.apply_topics(own.kafka))
        assert status(ingest, good) == 202
        until(fresh.ready, "the ingest API", SOON_SECONDS)
        assert status(fresh, good) == 202
    assert status(ingest, good) == 202
    assert metric(query, "ecg_query_identity_published") == 1


def test_a_kafka_that_lost_all_its_data_has_the_keys_again(
    own: Engines, broker: OwnKafka, ingest: Ingest, tmp_path: Path
) -> None:
    good = token(own.keys)
    becomes(ingest, good, 202)
    broker.kill()
    broker.forget()
    broker.start()
    asyncio.run(access.apply_topics(own.kafka))
    with ingesting.ingesting(own.kafka, ingesting.Signer(own.keys), tmp_path / "ingest.log") as fresh:
        until(fresh.ready, "the ingest API", SOON_SECONDS)
        assert status(fresh, good) == 202
    becomes(ingest, good, 202)


def test_a_key_that_did_not_come_back_with_a_lost_topic_is_forgotten(own: Engines, query: Query) -> None:
    """Such as one whose withdrawal was lost with the topic."""
    stranger = ingesting.Signer()
    verifier = TokenVerifier(issuer=DEFAULT_ISSUER, audience=DEFAULT_AUDIENCE)
    signs = query.get("/.well-known/jwks.json").json()["keys"][0]["kid"]

    async def play() -> None:
        reader = VerificationKeys(access.kafka_settings(own.kafka), verifier, roots=None, missing_seconds=1.0)
        await reader.open()
        try:
            async with asyncio.timeout(SOON_SECONDS):
                while not reader.ready:
                    await asyncio.sleep(0.1)
                # The query API leaves it there for ten seconds.
                await asyncio.to_thread(stranger.announce, own.kafka)
                while not {signs, stranger.jwk.kid} <= verifier.keys.keys():
                    await asyncio.sleep(0.1)
                await identity_topic_lost(own.kafka)
                assert {signs, stranger.jwk.kid} <= verifier.keys.keys()
                await access.apply_topics(own.kafka)
                while stranger.jwk.kid in verifier.keys:
                    assert signs in verifier.keys
                    await asyncio.sleep(0.1)
            assert reader.ready
        finally:
            await reader.close()

    asyncio.run(play())
    assert signs in verifier.keys


def test_two_folders_of_keys_are_said_and_nobody_is_cut_off(
    own: Engines, query: Query, ingest: Ingest, tmp_path: Path
) -> None:
    ours = token(own.keys)
    becomes(ingest, ours, 202)
    with serving(own, tmp_path, ECG_KEYS_DIR=str(tmp_path / "other")) as other:
        theirs = token(tmp_path / "other")
        for one in (query, other):
            until(
                lambda one=one: one.get("/readyz").json()["checks"]["keys_folder"] == "away",  # type: ignore[misc]
                "word of the other folder",
                SOON_SECONDS,
            )
            assert one.ready()
            assert metric(one, "ecg_query_other_key_folders") == 1
        # Another folder has another root.
        assert [status(ingest, one) for one in (ours, theirs)] == [202, 401]
    assert "another query API uses another folder of keys" in query.log.read_text()
