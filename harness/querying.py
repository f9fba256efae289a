"""A query API alone, as a process of its own on real engines, and rows as the processor leaves them."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from aiokafka import AIOKafkaProducer
from cassandra.cluster import Cluster

from harness import access, leaks
from harness.running import SHARED_ADDRESS, Engines, User, redeem, until
from infra.access.accounts import QUERY
from infra.local.ports import any_free
from infra.paths import REPOSITORY
from schemas.ids import ecg_key
from schemas.insights import InsightResult, LeadResult, encode_insight
from schemas.positions import position_of
from schemas.times import parse_rfc3339, to_datetime
from schemas.topics import INSIGHTS, PARTITIONS
from schemas.uploaded import Provenance
from service_kit.engines.kafka.publisher import partition_of

ADMIN, ADMIN_PASSWORD = "admin@example.com", "the tests' own admin"
STOP_LIMIT_SECONDS = 20.0
HASH_A, HASH_B = "a" * 64, "b" * 64
NOON = parse_rfc3339("2026-11-23T12:00:00Z")
DAY = 24 * 60 * 60 * 1_000_000


@dataclass(frozen=True, slots=True)
class Query:
    """A running query API."""

    url: str
    process: "subprocess.Popen[bytes]"
    http: httpx.Client
    log: Path

    def get(self, path: str, user: User | None = None, **headers: str) -> httpx.Response:
        """GET as the user, or as nobody; headers by their names with `_` for `-`."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.get(self.url + path, headers=sent | (user.headers if user else {}))

    def sign_in(self, email: str, password: str) -> httpx.Response:
        return self.http.post(
            f"{self.url}/v1/token", data={"grant_type": "password", "username": email, "password": password}
        )

    def admin(self, password: str = ADMIN_PASSWORD) -> User:
        return self.user(ADMIN, password)

    def user(self, email: str, password: str) -> User:
        """Whoever has this address and password, signed in."""
        answer = self.sign_in(email, password)
        assert answer.status_code == 200, answer.text
        token = answer.json()["access_token"]
        me = self.http.get(f"{self.url}/v1/users/me", headers={"Authorization": f"Bearer {token}"})
        return User(me.json()["id"], email, password, token)

    def register(self, email: object, admin: User) -> httpx.Response:
        return self.http.post(f"{self.url}/v1/users", json={"email": email}, headers=admin.headers)

    def new_user(self) -> User:
        """Somebody new, signed in."""
        email = fresh_address()
        answer = self.register(email, self.admin())
        assert answer.status_code == 201, answer.text
        return self.user(email, redeem(self.http, self.url, answer.json()["invitation"]))

    def ready(self) -> bool:
        try:
            return self.http.get(f"{self.url}/readyz").status_code == 200
        except httpx.TransportError:
            return False


@contextmanager
def serving(engines: Engines, folder: Path, **more: str | None) -> Iterator[Query]:
    """A query API with its log in `folder`, ready; told to stop after the block. `more`: settings; None: not set."""
    with started(engines, folder, **more) as query:
        until(lambda: query.ready() or query.process.poll() is not None, "the query API")
        assert query.process.poll() is None, query.log.read_text()
        yield query


@contextmanager
def started(engines: Engines, folder: Path, **more: str | None) -> Iterator[Query]:
    """The same, whether it becomes ready or not."""
    folder.mkdir(parents=True, exist_ok=True)
    port = any_free()
    base = {name: value for name, value in os.environ.items() if not name.startswith("ECG_")}
    told = {
        "ECG_QUERY_PORT": str(port),
        "ECG_AUDIT_DIR": str(folder / "audit"),
        "ECG_ADMIN_EMAIL": ADMIN,
        "ECG_ADMIN_PASSWORD": ADMIN_PASSWORD,
    }
    environment = {**base, **told, **SHARED_ADDRESS, **engines.told(QUERY), **more}
    log = folder / "query_api.log"
    with log.open("ab") as out, leaks.client(60) as http:
        process = subprocess.Popen(
            [sys.executable, "-m", "query_api"],
            cwd=REPOSITORY,
            env={name: value for name, value in environment.items() if value is not None},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
        try:
            query = Query(f"http://127.0.0.1:{port}", process, http, log)
            yield query
        finally:
            process.terminate()
            process.wait(STOP_LIMIT_SECONDS)


def fresh_address() -> str:
    return f"user-{os.getpid()}-{time.time_ns()}@example.com"


class Rows:
    """Rows as the stream processor leaves them, for one owner. Instants are µs since the epoch."""

    def __init__(self, cluster: Cluster, engines: Engines, owner: User, *, keyspace: str = "ecg") -> None:
        self._session = cluster.connect(keyspace)
        self._engines = engines
        self._owner = owner.id

    def insert(self, table: str, **row: Any) -> None:
        """One row of any table."""
        self._session.execute(f"INSERT INTO {table} JSON %s", (json.dumps(row),))

    def computed(
        self, ecg_id: str, value: int = 42, *, place: int = 0, accepted_at: int | None = NOON, **changes: Any
    ) -> InsightResult:
        """The answer of a recording, at this place of its log."""
        result = InsightResult("zero_crossings", 1, [LeadResult("I", 5000, 0, value, [])])
        usual = {
            "owner_id": self._owner,
            "ecg_id": ecg_id,
            "position": position_of(1, place),
            "accepted_at": accepted_at,
            "content_hash": HASH_A,
            "insight": result.name,
            "version": result.version,
            "segment": -1,
            "segments": 1,
            "status": "computed",
            "date": NOON,
            "date_source": "client",
            "sampling_frequency": 500.0,
            "result": json.dumps(to_plain(result)),
        }
        self.insert("insights_by_ecg", **(usual | changes))
        return result

    def rejected(self, ecg_id: str, reason: str, **changes: Any) -> None:
        """The row of an upload that can never be computed."""
        nothing: dict[str, Any] = {
            "insight": "",
            "version": 0,
            "status": "rejected",
            "result": None,
            "reason": reason,
        }
        self.computed(ecg_id, **(nothing | changes))

    def listed(self, ecg_id: str, date: int, **changes: Any) -> None:
        """The entry of a recording in its owner's list, and its month."""
        month = to_datetime(date).isoformat()[:7]
        usual = {
            "owner_id": self._owner,
            "month": month,
            "date": date,
            "ecg_id": ecg_id,
            "accepted_at": NOON,
            "content_hash": HASH_A,
            "date_source": "client",
            "leads": 1,
            "samples": 5000,
            "sampling_frequency": 500.0,
            "status": "computed",
        }
        self.insert("ecgs_by_owner", **(usual | changes))
        self.insert("months_by_owner", owner_id=self._owner, month=month)

    def received(self, ecg_id: str, received_at: int, date: int = NOON) -> None:
        """An ECG as it arrived: its answer, its entry in the list, and its place in the order of arrival."""
        self.computed(ecg_id, date=date)
        self.listed(ecg_id, date)
        self.insert(
            "acceptances_by_owner",
            owner_id=self._owner,
            week=to_datetime(received_at).strftime("%G-W%V"),
            received_at=received_at,
            ecg_id=ecg_id,
            content_hash=HASH_A,
            status="computed",
        )

    def announce(self, ecg_id: str, result: InsightResult) -> None:
        """Publish the insight event, as the processor does once the rows are there."""
        asyncio.run(self._announce(ecg_id, result))

    async def _announce(self, ecg_id: str, result: InsightResult) -> None:
        owner = UUID(self._owner)
        origin = Provenance(owner, ecg_id, HASH_A, NOON, NOON, "client", 5000)
        record = encode_insight(origin, result)
        async with AIOKafkaProducer(**access.to(self._engines.kafka), acks="all") as producer:
            await producer.send_and_wait(
                INSIGHTS.name,
                record.value,
                record.key,
                partition=partition_of(ecg_key(owner, ecg_id), PARTITIONS),
                headers=record.headers,
            )


def walk(query: Query, user: User, path: str) -> tuple[list[dict[str, Any]], int]:
    """Every item of a list, page by page, and how many pages that were."""
    items: list[dict[str, Any]] = []
    pages, following = 0, path
    while following:
        page = query.get(following, user)
        assert page.status_code == 200, page.text
        items += page.json()["items"]
        following = page.json()["next"]
        assert page.headers.get("link") == (f'<{following}>; rel="next"' if following else None)
        pages += 1
    return items, pages


def to_plain(result: InsightResult) -> dict[str, Any]:
    """The result as its JSON reads."""
    return {
        "name": result.name,
        "version": result.version,
        "leads": [
            {
                "name": lead.name,
                "number_of_samples": lead.number_of_samples,
                "baseline": lead.baseline,
                "value": lead.value,
                "warnings": lead.warnings,
            }
            for lead in result.leads
        ],
    }


@contextmanager
def cassandra(engines: Engines) -> Iterator[Cluster]:
    """A driver of the test's own."""
    with access.cluster(engines.cassandra) as opened:
        yield opened
