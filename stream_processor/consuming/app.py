"""The Faust app: reads the upload topic, event by event as they come, and puts them into their lanes.

Faust's own acknowledgements are off (`acks=False`): by its books, an event that is finished before an earlier
one commits both where a partition has no commit yet or the earlier one is the next to commit, and what it
skips in a rebalance counts as finished. So the offsets that are committed are `stream_processor.acknowledging`'s
alone, and nothing that Faust drops or repeats can pass unfinished work: see `stream_processor.lanes`.
"""

import asyncio
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from ssl import SSLContext
from typing import Any, cast

import faust
from faust import SASLCredentials
from faust.types import Message, StreamT

from schemas.cloudevents import Headers
from schemas.topics import UPLOADED
from service_kit.engines.kafka import header_names
from service_kit.engines.kafka.publisher import client_options
from stream_processor.consuming import intake
from stream_processor.consuming.log_identity import GROUP
from stream_processor.consuming.membership import CLIENT_ID
from stream_processor.lanes import Lanes
from stream_processor.outcomes import Received
from stream_processor.settings import Settings

# A worker that died is missed after so long; 6 s is the least a broker takes by default.
SESSION_TIMEOUT_SECONDS = 6.0
_HEARTBEAT_SECONDS = 2.0
# A worker that is stuck takes part in no rebalance; the others wait for it so long.
_REBALANCE_TIMEOUT_SECONDS = 10.0
# Faust makes a folder for tables, of which there are none; the folder it works in may be read-only.
_DATA_FOLDER = Path(tempfile.gettempdir(), f"ecg-{GROUP}-{os.getuid()}")


# A topic that was away is looked for again so soon, and by whoever commits sooner.
_METADATA_MAX_AGE_MS = 30_000


def create_worker(settings: Settings) -> intake.App:
    """The Faust app without its agent, not yet started."""
    header_names.accept_any()
    return intake.App(
        GROUP,
        broker=[f"kafka://{server.strip()}" for server in settings.kafka.split(",")],
        broker_credentials=_credentials(settings),
        autodiscover=False,
        datadir=_DATA_FOLDER,
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        # Nothing is acknowledged by Faust, so it has nothing to wait for; the lanes see to what is under way.
        stream_wait_empty=False,
        stream_buffer_maxsize=intake.QUEUED_EVENTS,
        broker_max_poll_interval=settings.processor_poll_seconds,
        broker_session_timeout=SESSION_TIMEOUT_SECONDS,
        broker_heartbeat_interval=_HEARTBEAT_SECONDS,
        broker_rebalance_timeout=_REBALANCE_TIMEOUT_SECONDS,
        broker_client_id=CLIENT_ID,
        consumer_metadata_max_age_ms=_METADATA_MAX_AGE_MS,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=intake.FETCH_BYTES,
    )


def add_agent(app: faust.App, lanes: Lanes, failed: Callable[[BaseException], None]) -> None:
    """Let the app put every upload event into its lane. `failed` is told of the end of that, whatever ended it."""
    # Raw: what does not decode must reach the body, where it becomes a dead letter.
    uploads = app.topic(
        UPLOADED.name,
        key_type=bytes,
        value_type=bytes,
        key_serializer="raw",
        value_serializer="raw",
        acks=False,
    )

    @app.agent(uploads, concurrency=1, name=GROUP)
    async def process(stream: StreamT[Any]) -> None:
        try:
            async for message in intake.messages(app, stream):
                lanes.put(_received(message))
                await lanes.room()
        except BaseException as error:
            failed(error)
            if isinstance(error, asyncio.CancelledError):
                raise


def _received(message: Message) -> Received:
    return Received(
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        key=message.key,
        value=message.value,
        headers=cast("Headers", message.headers or ()),
        # Faust has it in seconds.
        time_ms=round(message.timestamp * 1000),
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
