"""What was recorded is told, whatever stops or fails, and the chains stay sound."""

import signal
import threading
from pathlib import Path

import httpx
from cassandra.cluster import Cluster

from harness import auditing
from harness.brokers import OwnKafka
from harness.running import Engines, until
from tests.system.audit.asking import asked, comes, read, reads_on_topic, trail, verify, with_ecg


def test_the_trail_is_sound_after_starts_and_stops(own: Engines, folder: Path) -> None:
    for _ in range(2):
        with asked(own, folder) as query:
            query.new_user()
    with asked(own, folder):
        # What a stop could not deliver at once the next start does.
        until(lambda: len(list((folder / "audit").iterdir())) == 1, "nothing of those before")
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


def test_where_there_is_no_room_reads_go_on_and_what_is_lost_is_counted(
    own: Engines, broker: OwnKafka, folder: Path, cluster: Cluster
) -> None:
    with asked(own, folder, ECG_AUDIT_SPOOL_BYTES="3000") as query:
        user = with_ecg(query, cluster, own)
        broker.kill()

        def lost() -> bool:
            assert read(query, user) == 200
            return "ecg_query_audit_lost_total 0.0" not in query.get("/metrics").text

        until(lost, "the end of the room")
        told = query.get("/readyz")
        assert (told.status_code, told.json()["checks"]["audit"]) == (200, "away")
        broker.start()
        until(lambda: any(one.action == "audit.lost" for one in auditing.entries(own.kafka)), "the count")
        assert "there is no room for the audit trail" in query.log.read_text()


def test_a_read_that_is_answered_is_recorded_however_near_to_a_stop(
    own: Engines, folder: Path, cluster: Cluster
) -> None:
    with asked(own, folder) as query:
        user = with_ecg(query, cluster, own)
        answered, some = [0], threading.Event()

        def keep_reading() -> None:
            while True:
                try:
                    answered[0] += read(query, user) == 200
                except httpx.TransportError:
                    return
                if answered[0] > 20:
                    some.set()

        reader = threading.Thread(target=keep_reading)
        reader.start()
        until(some.is_set, "some reads")
        query.process.terminate()
        reader.join()
        query.process.wait()
    with asked(own, folder):
        # The last may have been recorded, and its answer cut off.
        until(lambda: reads_on_topic(own, user) - answered[0] in {0, 1}, "every read on the topic")
    code, said = verify(own)
    assert code == 0, said


def test_copies_share_a_folder_and_what_one_left_is_delivered_by_the_next(
    own: Engines, broker: OwnKafka, folder: Path, cluster: Cluster
) -> None:
    shared = {"ECG_AUDIT_DIR": str(folder / "audit")}
    with asked(own, folder / "first", **shared) as first, asked(own, folder / "second", **shared) as second:
        user = with_ecg(first, cluster, own)
        comes(first, user, "user.read")
        broker.kill()
        assert [read(query, user) for query in (first, second) for _ in range(5)] == [200] * 10
        until(
            lambda: auditing.on_disk(folder / "audit").count(b"ecg.insights.read") == 10, "all of it on disk"
        )
        first.process.send_signal(signal.SIGKILL)
        first.process.wait()
        assert read(second, user) == 200
        broker.start()
        with asked(own, folder / "third", **shared):
            until(lambda: reads_on_topic(own, user) == 11, "every read on the topic")
            assert read(second, user) == 200
            until(lambda: reads_on_topic(own, user) == 12, "the last as well")
    code, said = verify(own)
    assert code == 0, said
