"""Brings events from Faust's Kafka client to the agent, many in a turn of the event loop where Faust brings one.

By itself Faust makes four tasks of every event to wait for whichever ends first, and lets all else run before it
hands out the next. While a backlog is drained that is a tenth of the work, and the lanes get their events one by
one, to be finished in batches of a few. What is promised stays: an event of before a rebalance is not handed out.

Where reading begins is not Faust's to decide either: by itself it believes every offset that was committed.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any, cast

import faust
import uvloop
from faust import Stream
from faust.tables import TableManager
from faust.tables.recovery import Recovery
from faust.transport.drivers import aiokafka
from faust.types import TP, ChannelT, Message, StreamT
from faust.types.transports import TransportT
from mode.utils.queues import ThrowableQueue

from stream_processor.consuming.log_identity import LogIdentity

# Of one partition in one answer, a handful of events: more of them fill memory and drain no faster.
FETCH_BYTES = 512 * 1024
# What is between the client and the lanes, which are the buffer: about one answer's events.
QUEUED_EVENTS = 64


class _Queue(ThrowableQueue[Any]):
    """Where it is full, whoever brings more waits.

    By Faust's own notion of pressure each partition would be taken from the fetcher one by one, and when none
    is left the fetcher sleeps for a second, however soon there is room.
    """

    pressure_high_ratio = 0.5


class _Consumer(aiokafka.Consumer):
    app: "App"

    def _new_consumer_thread(self) -> aiokafka.AIOKafkaConsumerThread:
        return aiokafka.AIOKafkaConsumerThread(
            self, loop=self.loop, beacon=self.beacon, thread_loop=uvloop.new_event_loop()
        )

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, Message]]:  # noqa: ASYNC109 - Faust's
        """Put into the queue what it has room for; what it has not is Faust's to wait with."""
        async for place, message in super().getmany(timeout):
            if self.app.has_room():
                await self.callback(message)
            else:
                yield place, message

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Go to where reading was decided to begin."""
        owned = self.assignment()
        begun = self.app.log_identity.beginnings()
        places = {place: begun[place.partition].next_offset for place in owned if place.partition in begun}
        if places:
            await self.seek_wait(places)
        return places


class _Transport(aiokafka.Transport):
    Consumer = _Consumer


class _Beginning(Recovery):
    """Of a rebalance, after which Faust would recover tables: here it is decided where to begin to read."""

    app: "App"

    async def _resume_streams(self, generation_id: int = 0) -> None:
        # Ends early where the next rebalance has begun.
        await self._wait(
            self.app.log_identity.take_up({one.partition for one in self.app.consumer.assignment()})
        )
        await super()._resume_streams(generation_id)


class _NoTables(TableManager):
    """Faust's own waits for a second after a start, for tables to be declared."""

    @property
    def recovery(self) -> Recovery:
        if self._recovery is None:
            self._recovery = _Beginning(self.app, self, beacon=self.beacon, loop=self.loop)
        return self._recovery

    async def on_start(self) -> None:
        if not self.should_stop:
            await self._update_channels()
            await self.recovery.start()


class App(faust.App):
    """A Faust app that keeps no files, takes in events by the queueful, and begins to read where it is told to."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._queues: list[_Queue] = []
        super().__init__(*args, TableManager=_NoTables, **kwargs)

    def has_room(self) -> bool:
        """Whether an event can be put into a queue of this app now, without waiting."""
        return self.flow_control.is_active() and not any(queue.full() for queue in self._queues)

    def begin_by(self, log_identity: LogIdentity) -> None:
        """Have it decided there where to begin to read, before the app is started."""
        self.log_identity = log_identity

    async def start_as(self, instance_id: str) -> None:
        """Start in the running event loop, under this name in the group."""
        self.conf.consumer_group_instance_id = instance_id
        self.loop = asyncio.get_running_loop()
        self.finalize()
        await self.start()

    def stop_reading(self) -> None:
        """Hand out no more events, and forget those that have not been handed out."""
        self.consumer.stop_flow()
        self.flow_control.suspend()
        self.flow_control.clear()

    def read_anew(self) -> None:
        """Have all partitions taken up again, as after a rebalance."""
        cast("_NoTables", self.tables).recovery.signal_recovery_start.set()

    def _create_directories(self) -> None:
        """Faust keeps tables on disk; there are none, and the service runs on a read-only one."""

    def _new_transport(self) -> TransportT:
        return _Transport(self.conf.broker_consumer, self)

    def FlowControlQueue(  # noqa: N802 - Faust's name
        self, maxsize: int | None = None, *, clear_on_resume: bool = False
    ) -> ThrowableQueue[Any]:
        queue = _Queue(maxsize or 0, flow_control=self.flow_control, clear_on_resume=clear_on_resume)
        self._queues.append(queue)
        return queue


async def messages(app: faust.App, stream: StreamT[Any]) -> AsyncIterator[Message]:
    """What came, in order, each message when it is asked for."""
    events = cast("Stream[Any]", stream).events()
    queue = cast("ChannelT[Any]", stream.channel).queue
    async for event in events:
        yield event.message
        while not queue.empty():
            message = queue.get_nowait().message
            # As Faust does with those it hands out itself.
            if app.flow_control.is_active() and message.generation_id == app.consumer_generation_id:
                yield message
