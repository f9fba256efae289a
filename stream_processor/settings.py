"""What the stream processor is told: where it listens, its name in the group, its buffers and how long it waits."""

import socket
from typing import Annotated

from pydantic import Field

from schemas.topics import MAX_EVENT_BYTES
from service_kit.engines.cassandra.settings import CassandraSettings
from service_kit.engines.kafka.settings import KafkaSettings
from service_kit.settings import (
    MAX_SECONDS,
    Bytes,
    Count,
    Port,
    Seconds,
    ServiceSettings,
    WholeSeconds,
)


class Settings(ServiceSettings, KafkaSettings, CassandraSettings):
    """Every setting of the stream processor; see the README's table."""

    processor_host: str = "127.0.0.1"
    processor_port: Port = 8003
    processor_instance_id: str = Field(default_factory=lambda: f"{socket.gethostname()}-0")
    """Its name in the consumer group, the same over its restarts. Of two workers with one name, one stops."""
    processor_batch_events: Count = 32
    """Most events of one partition that are finished together."""
    processor_buffer_bytes: Annotated[Bytes, Field(ge=MAX_EVENT_BYTES)] = 67_108_864
    """What the events in memory may take before no more are fetched; at least the largest event."""
    processor_publish_seconds: Seconds = 10.0
    """How long Kafka may take to confirm a batch's publications before it counts as away."""
    processor_unforeseen_seconds: Seconds = 30.0
    """How long an event that fails for a reason nobody foresaw is tried again before the process gives up."""
    processor_stall_seconds: Seconds = 30.0
    """With events waiting and none finished for so long, the processor says that it is not ready."""
    processor_outside_group_seconds: Seconds = 60.0
    """A worker that is alive but outside its consumer group for so long, with Kafka there, ends itself."""
    processor_poll_seconds: WholeSeconds = MAX_SECONDS
    """A worker that fetches nothing for so long leaves its group; 24 days, as long as Kafka's milliseconds allow."""
