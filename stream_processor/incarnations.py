"""Numbers the times that a partition's log began anew, in Cassandra: the first part of every event's position.

A topic that is made again counts its offsets from 0 under another topic id; a log that was cut gives out offsets a
second time. In either case what comes has to lie behind what there was, so it gets a number of its own. The numbers are
given by lightweight transactions: no two workers ever take one for two different beginnings.
"""

from service_kit.engines.cassandra.database import Database, Statement

TABLES = ("incarnations",)

# Serial, so that a registration that was not confirmed is ended one way or the other.
_LAST = Statement(
    "SELECT number, topic_id FROM incarnations WHERE topic = ? AND partition = ? LIMIT 1", serial=True
)
_REGISTER = Statement(
    """
    INSERT INTO incarnations (topic, partition, number, topic_id) VALUES (?, ?, ?, ?) IF NOT EXISTS""",
    conditional=True,
)


class Incarnations:
    """Of the partitions of one topic. Every method raises EngineAwayError when Cassandra did not confirm.

    What was found is remembered until `forget`: whoever reads the partition meanwhile may begin another.
    """

    def __init__(self, database: Database, topic: str) -> None:
        self._database = database
        self._topic = topic
        self._known: dict[tuple[str, int], int] = {}

    async def current(self, topic_id: str, partition: int) -> int:
        """The last number of the partition if it is of this topic id, else a new one."""
        known = self._known.get((topic_id, partition))
        if known is None:
            known = self._known[topic_id, partition] = await self._last_of(topic_id, partition)
        return known

    async def begin(self, topic_id: str, partition: int) -> int:
        """A new number: the log begins anew though its topic is the same.

        What was registered by an attempt that raised is passed over by the next one: numbers grow, and may have gaps.
        """
        number = None
        while number is None:
            last, _ = await self._last(partition)
            number = await self._register(last + 1, topic_id, partition)
        self._known[topic_id, partition] = number
        return number

    def forget(self) -> None:
        """The partitions are no longer this worker's."""
        self._known.clear()

    async def _last_of(self, topic_id: str, partition: int) -> int:
        while True:
            last, its_topic_id = await self._last(partition)
            if its_topic_id == topic_id:
                return last
            # Whether it was this worker's or another's that was taken, the next look tells.
            await self._register(last + 1, topic_id, partition)

    async def _last(self, partition: int) -> tuple[int, str | None]:
        rows = await self._database.execute(_LAST, (self._topic, partition))
        return (rows[0]["number"], rows[0]["topic_id"]) if rows else (0, None)

    async def _register(self, number: int, topic_id: str, partition: int) -> int | None:
        """The number, or None where it is another's by now."""
        (row,) = await self._database.execute(_REGISTER, (self._topic, partition, number, topic_id))
        return number if row["[applied]"] else None
