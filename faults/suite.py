"""Which fault is which row, and what each stands on."""

from dataclasses import dataclass

from faults.rows import frozen, killed_engines, killed_services, terminated
from faults.scene import Play


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its number, the fault in words, and what to play."""

    number: int
    fault: str
    play: Play


ROWS = (
    Row(1, "kill -9 the processor, 10 times in a minute", killed_services.processor),
    Row(2, "kill -9 the ingest API, 5 times", killed_services.ingest),
    Row(3, "kill -9 Kafka, away for 10 s", killed_engines.kafka),
    Row(4, "kill -9 Cassandra, away for 20 s", killed_engines.cassandra),
    Row(5, "SIGSTOP Kafka, Cassandra, the processor, 30 s each", frozen.play),
    Row(8, "SIGTERM everything, also with Cassandra away", terminated.play),
)
