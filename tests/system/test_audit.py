"""Who did and saw what is told to its owner and to admins, survives what fails, and cannot be changed unnoticed.

On a Kafka and in a keyspace of their own, for the topic is made again with other records, and chains are compared.
"""

import asyncio
import dataclasses
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiokafka import ConsumerRecord
from cassandra.cluster import Cluster, Session

from harness import access, auditing
from harness.auditing import Records
from harness.brokers import OwnKafka
from harness.querying import NOON, Query, Rows, fresh_address, serving, walk
from harness.running import Engines, User, until
from infra.access.accounts import QUERY

KEYSPACE = f"audit_{os.getpid()}"


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnKafka]:
    broker = OwnKafka(tmp_path_factory.mktemp("kafka"))
    broker.start()
    asyncio.run(access.apply_topics(broker.address))
    yield broker
    broker.kill()


@pytest.fixture(scope="module")
def session(engines: Engines, cluster: Cluster) -> Iterator[Session]:
    """A keyspace of this module's own, with all tables."""
    access.apply_tables(engines.cassandra, KEYSPACE)
    yield cluster.connect(KEYSPACE)
    cluster.connect().execute(f"DROP KEYSPACE {KEYSPACE}")


@pytest.fixture(scope="module")
def own(
    engines: Engines, broker: OwnKafka, session: Session, tmp_path_factory: pytest.TempPathFactory
) -> Engines:
    return Engines(broker.address, engines.cassandra, tmp_path_factory.mktemp("keys") / "keys")


@pytest.fixture(autouse=True)
def running(broker: OwnKafka) -> None:
    """Whatever the test before left of it."""
    broker.start()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "query"


@contextmanager
def asked(own: Engines, folder: Path, **more: str) -> Iterator[Query]:
    """A query API in that keyspace; what its trail keeps on disk is below `folder`."""
    with serving(own, folder, ECG_CASSANDRA_KEYSPACE=KEYSPACE, **more) as query:
        yield query


@pytest.fixture
def query(own: Engines, folder: Path) -> Iterator[Query]:
    with asked(own, folder) as running:
        yield running


@pytest.fixture
def user(query: Query, cluster: Cluster, own: Engines) -> User:
    """Somebody with an ECG."""
    return with_ecg(query, cluster, own)


def with_ecg(query: Query, cluster: Cluster, own: Engines, ecg_id: str = "ecg-1") -> User:
    user = query.new_user()
    Rows(cluster, own, user, keyspace=KEYSPACE).computed(ecg_id)
    Rows(cluster, own, user, keyspace=KEYSPACE).listed(ecg_id, NOON)
    return user


def verify(own: Engines) -> tuple[int, str]:
    return auditing.command(own.told(QUERY) | {"ECG_CASSANDRA_KEYSPACE": KEYSPACE}, "verify")


def trail(query: Query, user: User, path: str = "/v1/audit") -> list[dict[str, Any]]:
    return walk(query, user, path)[0]


def comes(query: Query, user: User, *actions: str, path: str = "/v1/audit") -> list[dict[str, Any]]:
    """The trail, once these are the oldest of its actions but those of reading it; oldest first."""
    found: list[dict[str, Any]] = []

    def there() -> bool:
        nonlocal found
        told = trail(query, user, path)[::-1]
        found = [one for one in told if not one["action"].startswith("audit.")]
        return [one["action"] for one in found][-len(actions) :] == list(actions)

    until(there, f"{actions} in the trail")
    return found


def read(query: Query, user: User, ecg_id: str = "ecg-1") -> int:
    return query.get(f"/v1/ecgs/{ecg_id}/insights", user, user_agent="monitor/2.1 (ward 7)").status_code


def reads_on_topic(own: Engines, user: User) -> int:
    return sum(
        str(one.owner) == user.id and one.action == "ecg.insights.read" for one in auditing.entries(own.kafka)
    )


def test_an_owner_reads_who_read_theirs(query: Query, user: User, cluster: Cluster, own: Engines) -> None:
    other = with_ecg(query, cluster, own)
    for path in ("/v1/ecgs", "/v1/ecgs/ecg-1", "/v1/ecgs/ecg-1/status", "/v1/ecgs/none", "/v1/users/me"):
        query.get(path, user)
    assert read(query, user) == 200
    actions = ("ecg.list", "ecg.read", "ecg.status.read", "user.read", "ecg.insights.read")
    found = comes(query, user, *actions)
    began = ["user.create", "user.redeem_invitation", "user.sign_in", "user.read"]
    assert [one["action"] for one in found[:4]] == began
    told = found[-1]
    assert told["actor"] == told["owner"] == user.id
    assert (told["outcome"], told["role"], told["entities"]) == ("success", "client", ["ecg/ecg-1"])
    assert (told["address"], told["agent"]) == ("127.0.0.1", "monitor/2.1")
    assert {"time", "token_id", "request"} <= told.keys()
    assert found[-5]["entities"] == ["ecg/ecg-1"]
    assert {one["owner"] for one in trail(query, other)} == {other.id}
    on_topic = [msgspec.to_builtins(one) for one in auditing.entries(own.kafka) if str(one.owner) == user.id]
    assert [one["action"] for one in on_topic if not one["action"].startswith("audit.")] == [
        one["action"] for one in found
    ]


def test_an_admin_reads_identity_events_and_no_ecg(query: Query, user: User, own: Engines) -> None:
    assert query.sign_in(user.email, "not the password").status_code == 401
    assert query.sign_in(fresh_address(), "of nobody").status_code == 401
    read(query, user)
    admin = query.admin()
    query.get("/v1/users?limit=1", admin)
    query.get(f"/v1/users/{user.id}", admin)
    found = comes(query, admin, "user.list", "user.read", path="/v1/audit/identity")
    failures = [one for one in found if one["outcome"] == "failure"]
    assert [one.get("owner") for one in failures[-2:]] == [user.id, None]
    assert "actor" not in failures[-1]
    assert found[-1]["owner"] == user.id
    assert found[-1]["actor"] == admin.id
    assert not any(one["action"].startswith("ecg.") for one in found)
    assert found[-1] in trail(query, user)
    everything = b"".join(record.value for record in auditing.records(own.kafka))
    for secret in (user.email, user.password, user.token, "not the password"):
        assert secret.encode() not in everything


def test_what_is_done_with_devices_passwords_and_sessions_is_told(
    query: Query, user: User, own: Engines
) -> None:
    devices, http = f"{query.url}/v1/devices", query.http
    issued = http.post(devices, json={"name": "Holter 3"}, headers=user.headers).json()
    query.get(f"/v1/devices/{issued['id']}", user)
    code = http.post(f"{devices}/codes", json={"name": "Holter 4"}, headers=user.headers).json()["code"]
    assert http.post(f"{devices}/pair", json={"code": code}).status_code == 201
    of_device = {"authorization": f"Bearer {issued['token']}"}
    assert http.get(f"{query.url}/v1/ecgs/ecg-1/status", headers=of_device).status_code == 404
    assert http.delete(f"{devices}/{issued['id']}", headers=user.headers).status_code == 200
    password, own_password = f"{query.url}/v1/users/me/password", user.password
    body = {"current_password": "not the one of before", "password": "five words, all of them new"}
    assert http.put(password, json=body, headers=user.headers).status_code == 401
    changed = http.put(password, json=body | {"current_password": own_password}, headers=user.headers).json()
    form = {"grant_type": "refresh_token", "refresh_token": changed["refresh_token"]}
    traded = http.post(f"{query.url}/v1/token", data=form).json()
    http.post(f"{query.url}/v1/revoke", data={"token": traded["refresh_token"]})
    admin, path = query.admin(), f"{query.url}/v1/users/{user.id}"
    for active in (False, True):
        assert http.patch(path, json={"active": active}, headers=admin.headers).status_code == 200
    assert http.post(f"{path}/invitations", headers=admin.headers).status_code == 201
    of_devices = ("device.issue", "device.pair", "device.revoke")
    of_user = ("user.change_password", "user.change_password", "user.refresh", "user.sign_out")
    by_admin = ("user.deactivate", "user.reactivate", "user.invite")
    wanted = [*of_devices, *of_user, *by_admin]

    def told() -> list[dict[str, Any]]:
        identity = trail(query, admin, "/v1/audit/identity")[::-1]
        return [one for one in identity if one.get("owner") == user.id and one["action"] in wanted]

    until(lambda: [one["action"] for one in told()] == wanted, "all of it in the trail")
    found = told()
    assert [one["outcome"] for one in found[3:5]] == ["failure", "success"]
    assert found[0]["entities"] == found[2]["entities"] == [f"device/{issued['id']}"]
    assert {one["actor"] for one in found[-3:]} == {admin.id}
    until(lambda: any(one.action == "device.read" for one in auditing.entries(own.kafka)), "it on the topic")
    everything = b"".join(record.value for record in auditing.records(own.kafka))
    for secret in (issued["token"], code, "Holter", traded["refresh_token"], body["password"]):
        assert secret.encode() not in everything


def test_each_trail_is_for_its_reader_and_a_cursor_for_one_list(query: Query, user: User) -> None:
    for _ in range(5):
        read(query, user)
    comes(query, user, *["ecg.insights.read"] * 5)
    admin = query.admin()
    assert query.get("/v1/audit", admin).status_code == 403
    assert query.get("/v1/audit/identity", user).status_code == 403
    assert query.get("/v1/audit").status_code == 401
    whole = trail(query, user)
    paged, pages = walk(query, user, "/v1/audit?limit=2")
    # Each page that is read is an entry of its own, of which those behind the first page show none.
    assert [one for one in paged if one in whole] == whole
    assert pages >= len(whole) / 2
    cursor = query.get("/v1/audit?limit=1", user).json()["next"].partition("cursor=")[2]
    for path, who in (("/v1/audit", query.new_user()), ("/v1/audit/identity", admin)):
        refused = query.get(f"{path}?cursor={cursor}", who)
        assert (refused.status_code, refused.json()["errors"][0]["parameter"]) == (422, "cursor")


def test_the_trail_is_sound_after_starts_and_stops(own: Engines, folder: Path) -> None:
    for _ in range(2):
        with asked(own, folder) as query:
            query.new_user()
    assert auditing.on_disk(folder / "audit") == b""
    code, said = verify(own)
    assert (code, "Sound." in said) == (0, True), said


def test_while_kafka_is_away_reads_go_on_and_are_told_afterwards(
    own: Engines, broker: OwnKafka, folder: Path, cluster: Cluster
) -> None:
    with asked(own, folder) as query:
        user = with_ecg(query, cluster, own)
        comes(query, user, "user.read")
        broker.kill()
        assert {read(query, user) for _ in range(20)} == {200}
        # Cassandra is there: the owner sees it at once.
        comes(query, user, *["ecg.insights.read"] * 20)
        told = query.get("/readyz")
        until(lambda: query.get("/readyz").json()["checks"]["audit_delivered"] == "away", "word of it")
        assert told.status_code == 200
        waits = "the audit trail waits on disk for an engine"
        until(lambda: waits in query.log.read_text(), "an ERROR line of it")
        assert b"ecg.insights.read" in auditing.on_disk(folder / "audit")
        broker.start()
        until(lambda: reads_on_topic(own, user) == 20, "the reads on the topic")
        until(lambda: query.get("/readyz").json()["checks"]["audit_delivered"] == "ok", "the end of it")
    code, said = verify(own)
    assert code == 0, said


def test_a_stop_without_kafka_loses_nothing(
    own: Engines, broker: OwnKafka, folder: Path, cluster: Cluster
) -> None:
    with asked(own, folder) as query:
        user = with_ecg(query, cluster, own)
        broker.kill()
        assert read(query, user) == 200
    assert b"ecg.insights.read" in auditing.on_disk(folder / "audit")
    broker.start()
    with asked(own, folder):
        until(lambda: reads_on_topic(own, user) == 1, "the read on the topic")
    code, said = verify(own)
    assert code == 0, said


def test_what_was_recorded_before_a_kill_is_told_and_the_gap_is_noted(
    own: Engines, folder: Path, cluster: Cluster
) -> None:
    with asked(own, folder) as query:
        user = with_ecg(query, cluster, own)
        comes(query, user, "user.read")
        assert read(query, user) == 200
        until(lambda: b"ecg.insights.read" in auditing.on_disk(folder / "audit"), "the read on disk")
        query.process.send_signal(signal.SIGKILL)
        query.process.wait()
    with asked(own, folder) as query:
        comes(query, user, "ecg.insights.read")
        until(lambda: reads_on_topic(own, user) >= 1, "the read on the topic")
        admin = query.admin()
        path = "/v1/audit/identity"
        until(lambda: "audit.interrupted" in [one["action"] for one in trail(query, admin, path)], "the note")
        assert "a chain of the audit trail was interrupted" in query.log.read_text()
    code, said = verify(own)
    assert code == 0, said
    assert "interrupted after block" in said


def test_by_the_policy_to_reject_nothing_is_shown_that_is_not_recorded(
    own: Engines, broker: OwnKafka, folder: Path, cluster: Cluster
) -> None:
    told = {"ECG_AUDIT_FAILURE_POLICY": "reject", "ECG_AUDIT_SPOOL_BYTES": "12000"}
    with asked(own, folder, **told) as query:
        user = with_ecg(query, cluster, own)
        comes(query, user, "user.read")
        broker.kill()
        until(lambda: read(query, user) == 503, "the end of the room")
        refused = query.get("/v1/ecgs/ecg-1", user)
        assert (refused.status_code, refused.json()["type"]) == (503, "urn:ecg:problem:unavailable")
        assert int(refused.headers["retry-after"]) > 0
        assert query.sign_in(user.email, user.password).status_code == 503
        assert not query.ready()
        broker.start()
        until(query.ready, "the query API")
        assert read(query, user) == 200


def test_by_the_policy_to_permit_what_is_lost_is_counted(
    own: Engines, broker: OwnKafka, folder: Path, cluster: Cluster
) -> None:
    with asked(own, folder, ECG_AUDIT_SPOOL_BYTES="3000") as query:
        user = with_ecg(query, cluster, own)
        broker.kill()

        def lost() -> bool:
            assert read(query, user) == 200
            return "ecg_query_audit_lost_total 0.0" not in query.get("/metrics").text

        until(lost, "the end of the room")
        broker.start()
        until(lambda: any(one.action == "audit.lost" for one in auditing.entries(own.kafka)), "the count")
        assert "there is no room for the audit trail" in query.log.read_text()


def test_a_table_that_was_lost_is_restored_from_the_topic(
    own: Engines, folder: Path, cluster: Cluster, session: Session
) -> None:
    with asked(own, folder) as query:
        user = with_ecg(query, cluster, own)
        read(query, user)
        comes(query, user, "ecg.insights.read")
        until(lambda: reads_on_topic(own, user) == 1, "the read on the topic")
        before = trail(query, user)
        for table in ("audit_trail", "audit_weeks"):
            session.execute(f"TRUNCATE {table}")
        told = own.told(QUERY) | {"ECG_CASSANDRA_KEYSPACE": KEYSPACE}
        code, said = auditing.command(told, "restore")
        assert code == 0, said
        after = trail(query, user)
        assert [one for one in after if one in before] == before


@pytest.fixture(scope="module")
def sound(own: Engines, tmp_path_factory: pytest.TempPathFactory) -> Records:
    """The topic as it is, when all is well and nobody writes."""
    with asked(own, tmp_path_factory.mktemp("sound") / "query") as query:
        for _ in range(3):
            query.new_user()
            time.sleep(1.5)
    code, said = verify(own)
    assert code == 0, said
    return auditing.records(own.kafka)


def last_chain(records: Records) -> Records:
    """The records of the chain that was closed last."""
    key = max(records, key=lambda record: record.timestamp).key
    return [record for record in records if record.key == key]


def test_a_record_that_is_removed_altered_or_cut_off_is_found_on_the_topic(
    own: Engines, sound: Records
) -> None:
    chain = last_chain(sound)
    assert len(chain) > 3
    changes = {
        "block 1 is missing": [one for one in sound if one is not chain[1]],
        "missing at the end, by what Cassandra knows": [one for one in sound if one not in chain[-2:]],
        "block 1 was altered": [falsified(one) if one is chain[1] else one for one in sound],
        "the whole chain is missing": [one for one in sound if one not in chain],
    }
    for expected, records in changes.items():
        auditing.rewritten(own.kafka, lambda _, records=records: records)  # type: ignore[misc]
        code, said = verify(own)
        assert code == 1, said
        assert expected in said
        assert "BROKEN in" in said
    auditing.rewritten(own.kafka, lambda _: sound)
    code, said = verify(own)
    assert code == 0, said


def falsified(record: ConsumerRecord) -> ConsumerRecord:
    """The record as somebody writes it who would have it say something else."""
    value = record.value.replace(b'"success"', b'"failure"')
    assert value != record.value
    return dataclasses.replace(record, value=value)
