"""How far the stream processor has come."""

from service_kit.cassandra import Database

TABLES = ("progress",)

_SELECT = "SELECT next_offset FROM progress WHERE topic_id = ? AND partition = ?"


class ProgressStore:
    """Every method raises EngineAwayError when Cassandra did not answer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def next_offset(self, topic_id: str, partition: int) -> int | None:
        """The first offset of the partition not yet processed; None where nothing has been."""
        rows = await self._database.execute(_SELECT, (topic_id, partition))
        return rows[0]["next_offset"] if rows else None
