"""What the ingest API is told: where it listens, what it takes, and how long it waits."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from service_kit.callers.root_of_trust import roots_of
from service_kit.engines.kafka.settings import KafkaSettings
from service_kit.settings import (
    Bytes,
    BytesOrNone,
    CallerSettings,
    Count,
    Port,
    Seconds,
    ServiceSettings,
    WholeSeconds,
)


def _roots(listed: str) -> str:
    try:
        roots_of(listed)
    except ValueError:
        raise ValueError(
            "should be the 32 bytes of an Ed25519 key in base64url, or several with commas between"
        ) from None
    return listed


class Settings(ServiceSettings, CallerSettings, KafkaSettings):
    """Every setting is an environment variable with the prefix ``ECG_``."""

    ingest_host: str = "127.0.0.1"
    ingest_port: Port = 8001

    identity_root: Annotated[str, AfterValidator(_roots)] | None = None
    """The public half of the root of trust, base64url, or of several with commas between: what none of them has signed
    on ``ecg.identity.v1`` is not believed; unset: all of it is."""

    ingest_body_max_bytes: Bytes = 33_554_432
    """Half an hour of 2 leads at 500 Hz is 8 MB. While it is worked on, a body takes twice its size in
    memory, and half as much again where samples are missing."""

    ingest_requests_in_flight: Count = 256
    """Uploads under way at once. At 500 a second, who comes last among them waits for half a second."""
    ingest_bytes_in_flight: Bytes = 67_108_864
    """Bytes of bodies held at once, as sent or as unpacked: two of the largest, or the requests at 256 kB each."""

    ingest_bytes_per_day: BytesOrNone = 17_179_869_184
    """Bytes of events that one user may put into Kafka in a day; 12 leads at 500 Hz, all day, are 1 GB. 0: no limit."""

    ingest_workers: Annotated[int, Field(ge=1, le=64)] = 1
    """Processes that work on large uploads, so many at once. Each takes 70 MB, and twice the largest body at work."""

    ingest_leads_max: Count = 1_024
    ingest_samples_per_lead_max: Count = 4_000_000
    ingest_name_max_characters: Count = 64
    ingest_units_max_characters: Count = 32
    ingest_segments_max: Annotated[int, Field(ge=1, le=10_000)] = 256
    """Events that one recording may become. Each names every lead: a long lead beside many costs much."""

    ingest_publish_seconds: Seconds = 10.0
    """How long Kafka may take to confirm an upload before the answer is 503."""
    ingest_disk_free_bytes: BytesOrNone = 1_073_741_824
    """What has to be free on each of Kafka's disks to take an upload, below it 503. 0: it is not asked for."""
    ingest_clock_seconds: Seconds = 300.0
    """Not ready where this host's clock is so far from Kafka's: from a minute on it refuses good tokens."""
    ingest_keep_alive_seconds: WholeSeconds = 30
    """How long an idle connection is kept; longer than a device pauses, so that it need not connect anew."""
    ingest_stop_seconds: WholeSeconds = 12
    """How long uploads under way may go on when told to stop; longer than Kafka may take to confirm."""

    @model_validator(mode="after")
    def _the_largest_body_fits(self) -> Self:
        if self.ingest_bytes_in_flight < self.ingest_body_max_bytes:
            raise ValueError("ECG_INGEST_BYTES_IN_FLIGHT should be at least ECG_INGEST_BODY_MAX_BYTES")
        return self
