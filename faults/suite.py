"""Which fault is which row, and what each stands on."""

from collections.abc import Callable
from dataclasses import dataclass

from faults import disks, grounds
from faults.rows import (
    changed_logs,
    field_clients,
    frozen,
    full_disks,
    killed_engines,
    killed_services,
    lost_members,
    lost_tables,
    moved,
    overload,
    poisoned,
    slow_links,
    terminated,
    twins,
    withdrawn_keys,
    workers,
    worst_bodies,
    wrong_clocks,
)
from faults.scene import Play
from harness import java_client


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its number, the fault in words, what to play and on what. `why_not`: why it cannot be run here."""

    number: int
    fault: str
    play: Play
    stand: grounds.Stand = grounds.plain
    why_not: Callable[[], str | None] = lambda: None


ROWS = (
    Row(1, "kill -9 the processor, 10 times in a minute", killed_services.processor),
    Row(2, "kill -9 the ingest API, 5 times", killed_services.ingest),
    Row(3, "kill -9 Kafka, away for 10 s", killed_engines.kafka),
    Row(4, "kill -9 Cassandra, away for 20 s", killed_engines.cassandra, grounds.impatient),
    Row(5, "SIGSTOP Kafka, Cassandra, the processor, 30 s each", frozen.play),
    Row(6, "links slow, cut, swallowing for 20 s", slow_links.play, grounds.linked),
    Row(7, "disk full under Kafka, then Cassandra", full_disks.play, grounds.small_disks, disks.why_not),
    Row(8, "SIGTERM everything, also without Cassandra", terminated.play),
    Row(9, "2, 3, then 1 processor; once without Cassandra", workers.play),
    Row(10, "poison of every kind on the upload topic", poisoned.poison),
    Row(11, "poison without a topic for dead letters", poisoned.nowhere),
    Row(12, "one broker of 3, one node of 3, then both", lost_members.play, grounds.clustered),
    Row(13, "uploads at twice what the machine takes, 60 s", overload.play),
    Row(14, "the log cut, with the processor up and down", changed_logs.cut),
    Row(15, "the upload topic made again, 10 times", changed_logs.made_again),
    Row(16, "retention overtakes the processor", changed_logs.expired),
    Row(17, "two processors with one name", twins.play),
    Row(18, "clocks 20 minutes ahead, behind, and jumping", wrong_clocks.play),
    Row(19, "a key withdrawn, and the topic of the keys lost", withdrawn_keys.play),
    Row(20, "Cassandra's address moved, twice", moved.play, grounds.named),
    Row(21, "two tables dropped, then all of them emptied", lost_tables.play),
    Row(22, "Java's HTTP client, a modem, half-open floods", field_clients.play, why_not=java_client.why_not),
    Row(23, "the worst bodies of one user, beside small ones", worst_bodies.play),
)
OF_ONE_MACHINE = tuple(row.number for row in ROWS if row.stand is not grounds.clustered)
