"""Whoever writes to the topic of identity without the root makes nobody believed, and shuts nobody out or in."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from harness.brokers import own_kafka
from harness.ingesting import Ingest, Signer, ingesting, publish, until_ready
from harness.querying import serving
from harness.running import Engines, until
from harness.topics import read_topic
from query_api.keys.root import load_root
from schemas.cloudevents import Record
from schemas.identity import (
    PublicKey,
    UserChanged,
    UserState,
    decode_identity,
    encode_public_key,
    encode_revocation,
    encode_withdrawal,
)
from schemas.topics import IDENTITY
from service_kit.callers.root_of_trust import is_sealed, sealed
from service_kit.engines.kafka.compacted_topic import Latest

ECG = {"leads": [{"name": "I", "signal": [1, -1]}]}
ROOT, NEW_ROOT = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()


@pytest.fixture
def kafka(tmp_path: Path) -> Iterator[str]:
    with own_kafka(tmp_path) as broker:
        yield broker.address


def status(ingest: Ingest, signer: Signer, user: UUID | None = None) -> int:
    return ingest.post(ECG, token=signer.token(user_id=user)).status_code


def state(user: UUID, *, active: bool) -> Record:
    """What says of a user that all holds, or nothing; later than anything that was said before."""
    return encode_revocation(
        UserChanged(user, UserState(active=active, tokens_from=0, changed_at=time.time_ns() // 1000)), time=0
    )


def test_what_the_root_has_not_signed_is_as_if_nobody_had_written_it(kafka: str, tmp_path: Path) -> None:
    good, later, forger = Signer(root=ROOT), Signer(root=ROOT), Signer(root=NEW_ROOT)
    dismissed, loyal = uuid4(), uuid4()

    def write(record: Record) -> None:
        asyncio.run(publish(kafka, record))

    def forge() -> None:
        forger.announce(kafka)
        write(encode_public_key(PublicKey(forger.jwk), folder="", time=0))
        write(encode_withdrawal(good.jwk.kid, folder="", time=0))
        write(state(loyal, active=False))
        write(state(dismissed, active=True))

    def judged(ingest: Ingest) -> list[int]:
        return [
            status(ingest, good),
            status(ingest, forger),
            status(ingest, good, loyal),
            status(ingest, good, dismissed),
        ]

    forger.announce(kafka)
    good.announce(kafka)
    write(sealed(ROOT, state(dismissed, active=False)))
    with ingesting(kafka, good, tmp_path / "log") as ingest:
        until_ready(ingest)
        assert judged(ingest) == [202, 401, 202, 401]
        forge()
        later.announce(kafka)
        until(lambda: status(ingest, later) == 202, "the key that came last")
        assert judged(ingest) == [202, 401, 202, 401]
        with ingesting(kafka, good, tmp_path / "again.log") as again:
            until_ready(again)
            assert judged(again) == [202, 401, 202, 401]
        good.withdraw(kafka)
        until(lambda: status(ingest, good) == 401, "the withdrawal")
        assert status(ingest, later) == 202
    assert "the root of trust has not signed" in (tmp_path / "log").read_text()


def test_another_root_takes_over_while_both_are_believed(kafka: str, tmp_path: Path) -> None:
    old, new = Signer(root=ROOT), Signer(root=NEW_ROOT)
    old.announce(kafka)
    with ingesting(kafka, old, tmp_path / "log", ECG_IDENTITY_ROOT=f"{old.root},{new.root}") as ingest:
        until_ready(ingest)
        new.announce(kafka)
        until(lambda: status(ingest, new) == 202, "the key of the new root")
        assert status(ingest, old) == 202
    with ingesting(kafka, new, tmp_path / "log") as ingest:
        until_ready(ingest)
        assert [status(ingest, one) for one in (new, old)] == [202, 401]


def test_without_a_root_every_key_is_believed_and_that_is_said(kafka: str, tmp_path: Path) -> None:
    forger = Signer(root=NEW_ROOT)
    forger.announce(kafka)
    with ingesting(kafka, forger, tmp_path / "log", ECG_IDENTITY_ROOT=None) as ingest:
        until_ready(ingest)
        assert status(ingest, forger) == 202
    assert "no root of trust is set" in (tmp_path / "log").read_text()


def test_the_query_api_mends_what_somebody_wrote_over(engines: Engines, kafka: str, tmp_path: Path) -> None:
    own = Engines(kafka, engines.cassandra, tmp_path / "keys")
    with serving(own, tmp_path) as query:
        user = query.new_user()
        path = f"{query.url}/v1/users/{user.id}"
        assert (
            query.http.patch(path, json={"active": False}, headers=query.admin().headers).status_code == 200
        )
        roots = [load_root(own.keys).public_key()]

        def sound() -> bool:
            """Whether the last record of each key is the root's, and says that the user is out."""
            found = {one.key: one for one in read_topic(kafka, IDENTITY.name, lambda _: True)}
            states = [
                decode_identity(key, one.value)
                for key, one in found.items()
                if key == f"user/{user.id}".encode()
            ]
            return (
                all(
                    is_sealed(roots, Latest(key or b"", 0, one.value, one.headers))
                    for key, one in found.items()
                )
                and any(key and key.startswith(b"key/") and one.value for key, one in found.items())
                and [isinstance(one, UserChanged) and one.value.active for one in states] == [False]
            )

        until(sound, "the topic")
        kid = query.get("/.well-known/jwks.json").json()["keys"][0]["kid"]
        asyncio.run(publish(kafka, encode_withdrawal(kid, folder="", time=0)))
        asyncio.run(publish(kafka, state(UUID(user.id), active=True)))
        assert not sound()
        until(sound, "all to be mended")
        assert query.sign_in(user.email, user.password).status_code == 401
