"""The Faust app: reads the upload topic in batches and acknowledges what has been finished.

Faust acknowledges what a `take_events` body leaves, however it leaves: by its end, by `break`, by an
exception, by being cancelled. So the body is left by its end alone; whatever else would leave it ends the
process instead, with nothing acknowledged, and the events come again.
"""

import os
import tempfile
from pathlib import Path
from ssl import SSLContext
from typing import Any, cast

import faust
from faust import SASLCredentials, Stream
from faust.types import EventT, StreamT

from schemas.cloudevents import Headers
from schemas.topics import MAX_EVENT_BYTES, UPLOADED
from service_kit.kafka import client_options
from stream_processor.batches import Batches
from stream_processor.outcomes import Received
from stream_processor.settings import Settings
from stream_processor.stopping import Gate, exit_unfinished

GROUP = "stream_processor"

# As long as Kafka's 32 bits of milliseconds allow. A worker that waits for an absent Cassandra polls
# nothing; after this time it would leave its group and never come back.
_MAX_POLL_INTERVAL_SECONDS = 24 * 24 * 60 * 60.0
# A worker that died is missed after so long; 6 s is the least a broker takes by default.
_SESSION_TIMEOUT_SECONDS = 6.0
_HEARTBEAT_SECONDS = 2.0
# A worker that holds events for an absent engine takes part in no rebalance; the others wait for it so long.
_REBALANCE_TIMEOUT_SECONDS = 10.0
# Several events in one answer of a partition: fewer round trips while a backlog is drained.
_FETCH_BYTES = 4 * 1024 * 1024
_COMMIT_INTERVAL_SECONDS = 1.0
# Faust makes a folder for tables, of which there are none; the folder it works in may be read-only.
_DATA_FOLDER = Path(tempfile.gettempdir(), f"ecg-{GROUP}-{os.getuid()}")


class _App(faust.App):
    def _create_directories(self) -> None:
        """Faust keeps tables on disk; there are none, and the service runs on a read-only one."""


def create_worker(settings: Settings, batches: Batches, gate: Gate) -> faust.App:
    """The Faust app, not yet started. Reads nothing until it is."""
    app = _App(
        GROUP,
        broker=[f"kafka://{server.strip()}" for server in settings.kafka.split(",")],
        broker_credentials=_credentials(settings),
        autodiscover=False,
        datadir=_DATA_FOLDER,
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        stream_wait_empty=True,
        stream_buffer_maxsize=max(1, settings.processor_buffer_bytes // MAX_EVENT_BYTES),
        broker_max_poll_interval=_MAX_POLL_INTERVAL_SECONDS,
        broker_session_timeout=_SESSION_TIMEOUT_SECONDS,
        broker_heartbeat_interval=_HEARTBEAT_SECONDS,
        broker_rebalance_timeout=_REBALANCE_TIMEOUT_SECONDS,
        broker_commit_interval=_COMMIT_INTERVAL_SECONDS,
        consumer_group_instance_id=settings.processor_instance_id,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=_FETCH_BYTES,
    )
    # Raw: what does not decode must reach the body, where it becomes a dead letter.
    uploads = app.topic(
        UPLOADED.name, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw"
    )

    @app.agent(uploads, concurrency=1, name=GROUP)
    async def process(stream: StreamT[Any]) -> None:
        async for events in cast("Stream[Any]", stream).take_events(
            settings.processor_batch_events, within=settings.processor_batch_wait_seconds
        ):
            try:
                async with gate.batch():
                    await batches.finish([_received(event) for event in events])
            except BaseException as error:  # noqa: BLE001 - see above: nothing may leave this body
                exit_unfinished(error)

    return app


def _received(event: EventT[Any]) -> Received:
    message = event.message
    return Received(
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        key=message.key,
        value=message.value,
        headers=list(cast("Headers", message.headers or ())),
    )


def _credentials(settings: Settings) -> SASLCredentials | SSLContext | None:
    options = client_options(settings)
    ssl_context: SSLContext | None = options.get("ssl_context")
    if "sasl_mechanism" not in options:
        return ssl_context
    return SASLCredentials(
        username=options["sasl_plain_username"],
        password=options["sasl_plain_password"],
        ssl_context=ssl_context,
        mechanism=options["sasl_mechanism"],
    )
