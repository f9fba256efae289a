"""What a Kafka consumer knows of its place in its group, for which aiokafka has no public words."""

from aiokafka import AIOKafkaConsumer


def member_id(consumer: AIOKafkaConsumer) -> str | None:
    """By what name the group knows this consumer, as it believes itself; None while it is in none."""
    # Which a consumer that is being started does not have yet.
    coordinator = getattr(consumer, "_coordinator", None)
    if coordinator is None or coordinator.generation <= 0:
        return None
    return str(coordinator.member_id)


async def rejoin(consumer: AIOKafkaConsumer) -> None:
    """Ask the group to share out the partitions anew, by what the topic is now. In the consumer's own event loop."""
    await consumer._client.force_metadata_update()  # noqa: SLF001
    consumer._coordinator.request_rejoin()  # noqa: SLF001
