"""An ingest API alone, as a process of its own, with tokens that a key of the test's signs."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from uuid import UUID, uuid4

import httpx
import jwt
from aiokafka import AIOKafkaProducer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from harness import access, leaks
from harness.running import until
from infra.access.accounts import INGEST
from infra.local.ports import any_free
from infra.paths import REPOSITORY
from query_api.keys.root import load_root
from query_api.keys.signing import public_jwk
from schemas.claims import ALGORITHM, DEFAULT_AUDIENCE, DEFAULT_ISSUER, SCOPES, Claims, Role
from schemas.cloudevents import Record
from schemas.identity import PublicKey, encode_public_key, encode_withdrawal
from schemas.topics import IDENTITY
from service_kit.callers.root_of_trust import sealed

STOP_LIMIT_SECONDS = 20.0
COMMAND = (sys.executable, "-m", "ingest_api")
_LIFE_SECONDS = 600
# Of everything that has no folder of keys.
ROOT = Ed25519PrivateKey.generate()


class Signer:
    """Signs tokens as the query API would, by a key in the folder `keys` where there is a query API as well, which
    withdraws every other. What it announces is signed by the root of that folder, else by `ROOT`.
    """

    def __init__(self, keys: Path | None = None, *, root: Ed25519PrivateKey | None = None) -> None:
        self._root = root or (ROOT if keys is None else load_root(keys))
        self.root = public_jwk(self._root).x
        self._private = Ed25519PrivateKey.generate()
        self.jwk = public_jwk(self._private)
        self._file = None if keys is None else keys / f"test-{self.jwk.kid}.pem"

    def token(
        self, *, user_id: UUID | None = None, role: Role = "client", life: int = _LIFE_SECONDS, ago: int = 0
    ) -> str:
        """A token of a user, of somebody new unless one is named; `life` in seconds, given some seconds `ago`."""
        given = int(time.time()) - ago
        claims = Claims(user_id or uuid4(), role, SCOPES[role], uuid4().hex)
        payload = claims.to_jwt(
            issuer=DEFAULT_ISSUER, audience=DEFAULT_AUDIENCE, issued_at=given, expires_at=given + life
        )
        token = jwt.encode(payload, self._private, algorithm=ALGORITHM, headers={"kid": self.jwk.kid})
        leaks.note(token)
        return token

    def announce(self, kafka: str) -> None:
        """Publish the public key, for every ingest API to believe."""
        if self._file is not None:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft = self._file.with_suffix(".draft")
            draft.write_bytes(self._private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
            draft.replace(self._file)
        record = encode_public_key(PublicKey(self.jwk), folder="", time=_now())
        asyncio.run(publish(kafka, sealed(self._root, record)))

    def withdraw(self, kafka: str) -> None:
        """Publish that the key is believed no longer."""
        if self._file is not None:
            self._file.unlink()
        record = encode_withdrawal(self.jwk.kid, folder="", time=_now())
        asyncio.run(publish(kafka, sealed(self._root, record)))


def _now() -> int:
    return time.time_ns() // 1000


async def publish(kafka: str, record: Record) -> None:
    """Write a record of the topic of identity, as whoever may."""
    async with AIOKafkaProducer(**access.to(kafka), acks="all") as producer:
        await producer.send_and_wait(IDENTITY.name, record.value, record.key, headers=record.headers)


@dataclass(frozen=True, slots=True)
class Ingest:
    """A running ingest API."""

    url: str
    process: "subprocess.Popen[bytes]"
    http: httpx.Client
    signer: Signer

    def post(
        self,
        body: object = None,
        *,
        content: bytes | Iterable[bytes] | None = None,
        token: str | None = None,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> httpx.Response:
        """Upload `body` as JSON, or `content` as it is, as somebody new unless `token` says who."""
        sent = {"Authorization": f"Bearer {token or self.signer.token()}", "Content-Type": "application/json"}
        return self.http.post(
            f"{self.url}/v1/ecgs",
            headers=sent | dict(headers),
            content=json.dumps(body).encode() if content is None else content,
        )

    def alive(self) -> bool:
        """Whether it answers at all."""
        return self._says("/healthz")

    def ready(self) -> bool:
        """Whether it says that it can do its work."""
        return self._says("/readyz")

    def _says(self, path: str) -> bool:
        try:
            return bool(self.http.get(self.url + path).status_code == 200)
        except httpx.TransportError:
            return False


@contextmanager
def ingesting(
    kafka: str,
    signer: Signer,
    log: Path,
    command: Sequence[str] = COMMAND,
    **environment: str | None,
) -> Iterator[Ingest]:
    """An ingest API on `kafka` that knows the signer's root, started by `command` and not waited for; told to stop at
    the end. `environment`: settings; None: not set.
    """
    port = any_free()
    own = {"ECG_KAFKA": kafka, "ECG_INGEST_PORT": str(port), "ECG_QUERY_URL": "http://query.example"}
    own["ECG_IDENTITY_ROOT"] = signer.root
    own |= access.environment(INGEST)
    base = {name: value for name, value in os.environ.items() if not name.startswith("ECG_")}
    told: dict[str, str | None] = {**base, **own, **environment}
    with log.open("wb") as out, leaks.client(60) as http:
        process = subprocess.Popen(
            command,
            cwd=REPOSITORY,
            env={name: value for name, value in told.items() if value is not None},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
        try:
            yield Ingest(f"http://127.0.0.1:{port}", process, http, signer)
        finally:
            process.terminate()
            process.wait(STOP_LIMIT_SECONDS)


def until_ready(ingest: Ingest) -> None:
    """Wait until the ingest API says that it is ready."""
    until(ingest.ready, "the ingest API")
