"""What a consumer says of its place in its group is what the broker says, and it is shared out anew when asked for."""

import asyncio
from uuid import uuid4

from aiokafka import AIOKafkaConsumer

from harness import access
from harness.running import Engines
from schemas.topics import UPLOADED
from service_kit.engines.kafka import group_member
from service_kit.engines.kafka.questions import Questions

LIMIT_SECONDS = 60.0


def test_a_member_is_the_one_the_broker_knows_and_may_join_again(engines: Engines) -> None:
    """By the inside of aiokafka: see `service_kit/engines/kafka/group_member.py`."""

    async def scenario() -> None:
        group = f"members-{uuid4()}"
        consumer = AIOKafkaConsumer(
            UPLOADED.name, **access.to(engines.kafka), group_id=group, group_instance_id="one"
        )
        questions = Questions(access.kafka_settings(engines.kafka))
        assert group_member.member_id(consumer) is None
        await consumer.start()
        try:
            (known,) = await questions.members(group)
            assert group_member.member_id(consumer) == known.member_id
            assert known.instance_id == "one"
            before = consumer._coordinator.generation
            await group_member.rejoin(consumer)
            while consumer._coordinator.generation == before:
                await asyncio.sleep(0.05)
            assert len(consumer.assignment()) == UPLOADED.partitions
        finally:
            await consumer.stop()
            await questions.close()

    asyncio.run(asyncio.wait_for(scenario(), LIMIT_SECONDS))
