"""What is known of the group while the client that will join it is being started."""

import asyncio
from typing import Any, cast

from stream_processor.consuming.app import create_worker
from stream_processor.consuming.group import Group
from stream_processor.settings import Settings


def test_before_there_is_a_group_nothing_is_known_and_nothing_fails() -> None:
    """Asked then, the processor answered its `/readyz` with 500."""

    async def ask() -> None:
        worker = create_worker(Settings())
        elsewhere = cast("Any", None)
        group = Group(worker, elsewhere, elsewhere, elsewhere)
        assert (group.member_id(), group.partitions(), group.ends()) == (None, set(), {})
        thread = cast("Any", worker.consumer)._thread
        thread._consumer = thread._create_consumer(asyncio.get_running_loop())
        worker._started.set()
        assert (group.member_id(), group.partitions(), group.ends()) == (None, set(), {})
        # There is nothing to close of a client that was never started, and it warns of that.
        thread._consumer._closed = True

    asyncio.run(ask())
