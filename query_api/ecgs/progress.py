"""Reads how far the stream processor has come, and which uploads Kafka had removed before it came to them."""

from schemas.receipts import Receipt
from service_kit.engines.cassandra.database import Database, Statement

TABLES = ("progress", "expired_ranges")

_SELECT = Statement("SELECT next_offset FROM progress WHERE topic_id = ? AND partition = ?")

_EXPIRED = Statement(
    "SELECT stop FROM expired_ranges WHERE topic_id = ? AND partition = ? AND start <= ? LIMIT 1"
)


class ProgressStore:
    """Every method raises EngineAwayError when Cassandra did not answer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def next_offset(self, topic_id: str, partition: int) -> int | None:
        """The first offset of the partition not yet processed; None where nothing has been."""
        rows = await self._database.execute(_SELECT, (topic_id, partition))
        return rows[0]["next_offset"] if rows else None

    async def is_expired(self, receipt: Receipt) -> bool:
        """Whether Kafka had removed what the receipt is of before it was read."""
        rows = await self._database.execute(_EXPIRED, (receipt.topic_id, receipt.partition, receipt.offset))
        return bool(rows) and receipt.offset < rows[0]["stop"]
