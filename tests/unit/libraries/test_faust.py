"""What is relied on of Faust, and of mode below it: the ways by which it makes its parts, and what these call.

No engine: an app as the processor makes it, not started. What only shows while it runs is in `tests/system/`.
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import faust
from faust.tables import TableManager
from faust.tables.recovery import Recovery
from faust.transport.consumer import Consumer, ConsumerThread
from faust.transport.drivers import aiokafka
from faust.types import TP
from mode.utils.queues import FlowControlQueue, ThrowableQueue

from stream_processor.consuming.app import create_worker
from stream_processor.settings import Settings
from tests.unit.libraries.relying import parameters, relying

INTAKE, GROUP = "stream_processor/consuming/intake.py", "stream_processor/consuming/group.py"


def run(scenario: Callable[[Any], Awaitable[None]]) -> None:
    async def started() -> None:
        app = create_worker(Settings())
        app.loop = asyncio.get_running_loop()
        await scenario(app)

    asyncio.run(started())


@contextmanager
def overridden(owner: type, names: dict[str, list[str]]) -> Iterator[None]:
    """Each of these is there to be overridden, or called, with these parameters."""
    for name, wanted in names.items():
        with relying(f"Faust's {owner.__name__} has {name}({', '.join(wanted)})", see=INTAKE):
            assert parameters(getattr(owner, name)) == wanted
    yield


def test_what_is_overridden_is_called_so() -> None:
    with (
        overridden(
            faust.App,
            {
                "_create_directories": [],
                "_new_transport": [],
                "FlowControlQueue": ["maxsize", "clear_on_resume"],
            },
        ),
        overridden(
            aiokafka.Consumer,
            {"_new_consumer_thread": [], "seek_to_committed": [], "seek_wait": ["partitions"]},
        ),
        overridden(
            Consumer,
            {"getmany": ["timeout"], "stop_flow": [], "on_buffer_full": ["tp"], "on_buffer_drop": ["tp"]},
        ),
        overridden(Recovery, {"_resume_streams": ["generation_id"]}),
        overridden(TableManager, {"on_start": [], "_update_channels": []}),
    ):
        pass


def test_what_is_overridden_is_what_faust_calls() -> None:
    """A hook that nobody calls any more would go unnoticed: the stock way would be taken."""
    callers = {
        "an app makes its folders by _create_directories": (
            faust.App.on_first_start,
            "_create_directories",
        ),
        "App makes its transport by _new_transport": (vars(faust.App)["transport"], "_new_transport"),
        "a consumer makes its thread by _new_consumer_thread": (
            aiokafka.Consumer.__init__,
            "_new_consumer_thread",
        ),
        "perform_seek goes where seek_to_committed says": (Consumer.perform_seek, "seek_to_committed"),
        "events are brought by getmany": (Consumer._drain_messages, "getmany"),
        "a rebalance ends by _resume_streams": (Recovery._restart_recovery, "_resume_streams"),
        "streams are resumed by perform_seek": (Recovery._resume_streams, "perform_seek"),
        "recovery begins by signal_recovery_start": (Recovery._restart_recovery, "signal_recovery_start"),
    }
    for on, (caller, name) in callers.items():
        with relying(on, see=INTAKE):
            assert name in inspect.getsource(getattr(caller, "fget", None) or getattr(caller, "fun", caller))


def test_an_app_is_made_of_our_parts() -> None:
    async def scenario(app: Any) -> None:
        with relying(
            "App(TableManager=...) is taken for `tables`, which keeps its recovery in `_recovery`", see=INTAKE
        ):
            assert type(app.tables).__module__ == "stream_processor.consuming.intake"
            before, recovery = app.tables._recovery, app.tables.recovery
            assert before is None
            assert app.tables._recovery is recovery
            assert not recovery.signal_recovery_start.is_set()
            app.read_anew()
            assert recovery.signal_recovery_start.is_set()
        with relying("`transport.Consumer` is what `consumer` is made of", see=INTAKE):
            assert type(app.transport).__module__ == "stream_processor.consuming.intake"
            assert type(app.consumer) is app.transport.Consumer
        with relying("the thread of a consumer takes a loop of its own and runs calls in it", see=GROUP):
            thread: Any = app.consumer._thread
            assert ConsumerThread in type(thread).__mro__
            assert type(thread.thread_loop).__module__.startswith("uvloop")
            assert parameters(thread.call_thread)[:1] == ["fun"]
            assert thread._consumer is None
        with relying(
            "flow is suspended at first; the queues of a channel are made by FlowControlQueue", see=INTAKE
        ):
            assert not app.flow_control.is_active()
            assert not app.has_room()
            app.flow_control.resume()
            assert app.has_room()
            channel = app.channel()
            assert channel.queue in app._queues
        with relying("signals of rebalances have `connect`", see=GROUP):
            assert callable(app.on_partitions_revoked.connect)
        with relying(
            "`should_stop`, `started` and `consumer_generation_id` tell how the app does", see=GROUP
        ):
            assert (app.should_stop, app.started, app.consumer_generation_id) == (False, False, 0)
        thread.thread_loop.close()

    run(scenario)


def test_a_queue_is_full_before_it_calls_for_less() -> None:
    """Faust would take every partition from the fetcher then, and the fetcher sleep for a second."""

    async def scenario(app: Any) -> None:
        queue = app.FlowControlQueue(maxsize=8)
        pressed = []
        with relying("`pressure_high_ratio` divides the size at which a queue calls for less", see=INTAKE):
            assert FlowControlQueue.pressure_high_ratio == 1.25
            for number in range(8):
                queue.put_nowait_enhanced(
                    number, on_pressure_high=lambda: pressed.append(1), on_pressure_drop=lambda: None
                )
            assert queue.full()
            assert not pressed
            assert isinstance(queue, ThrowableQueue)

    run(scenario)


def test_a_stream_hands_out_events_and_shows_the_queue_that_they_come_from() -> None:
    async def scenario(app: Any) -> None:
        topic = app.topic("uploads", value_type=bytes, value_serializer="raw", acks=False)
        stream = topic.stream()
        with relying(
            "`stream.events()` and `stream.channel.queue` are the two ways to what came", see=INTAKE
        ):
            events = stream.events()
            assert inspect.isasyncgen(events)
            assert stream.channel.queue in app._queues
            assert stream.channel.queue.empty()
        await events.aclose()

    run(scenario)


def test_a_partition_that_is_stopped_is_fetched_again_when_it_is_resumed() -> None:
    async def scenario(app: Any) -> None:
        consumer, place = app.consumer, TP("uploads", 3)
        consumer._active_partitions = {place}
        with relying(
            "on_buffer_full takes a partition from those that are fetched, on_buffer_drop gives it back",
            see=GROUP,
        ):
            consumer.on_buffer_full(place)
            assert place not in consumer._get_active_partitions()
            consumer.on_buffer_drop(place)
            assert place in consumer._get_active_partitions()
        consumer._thread.thread_loop.close()

    run(scenario)
