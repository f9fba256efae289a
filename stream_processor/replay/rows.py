"""What Cassandra says of the events that died: whether their rows are there by now."""

from collections.abc import Sequence
from dataclasses import replace

from schemas.stored import COMPUTED, PARTIAL, WHOLE
from schemas.uploaded import Provenance
from service_kit.cassandra import ENGINE, Database, Row, Statement
from service_kit.settings import CassandraSettings
from stream_processor.replay.letters import Letter
from stream_processor.replay.reaching import reached

# Side by side; a read of one partition takes a millisecond.
_READS_AT_ONCE = 100

_ROWS = """
    SELECT segment, status FROM insights_by_ecg
    WHERE owner_id = ? AND ecg_id = ? AND accepted_at = ? AND content_hash = ?"""


async def told_apart(settings: CassandraSettings, letters: Sequence[Letter]) -> list[Letter]:
    """The same letters, `computed` those whose rows are there. Raises EngineAwayError."""
    asked = [
        (letter.event, letter.origin)
        for letter in letters
        if letter.origin is not None and letter.state != "foreign"
    ]
    if not asked:
        return list(letters)
    computed: set[bytes] = set()
    database = Database(settings)
    await database.open()
    try:
        await reached(ENGINE, database.answers)
        for first in range(0, len(asked), _READS_AT_ONCE):
            part = asked[first : first + _READS_AT_ONCE]
            rows = await database.execute_all(_statement(origin) for _, origin in part)
            found = zip(part, rows, strict=True)
            computed |= {event for (event, origin), its in found if is_computed(origin, its)}
    finally:
        await database.close()
    return [replace(letter, state="computed") if letter.event in computed else letter for letter in letters]


def is_computed(origin: Provenance, rows: Sequence[Row]) -> bool:
    """Whether the rows of an upload hold what follows from the event: the answer, or its segment's part of it."""
    own = {(WHOLE, COMPUTED)} | ({(origin.segment, PARTIAL)} if origin.segments > 1 else set())
    return any((row["segment"], row["status"]) in own for row in rows)


def _statement(origin: Provenance) -> Statement:
    return _ROWS, (origin.owner_id, origin.ecg_id, origin.accepted_at, origin.content_hash)
