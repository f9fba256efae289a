"""What Cassandra says of the events that died: whether their rows are there by now."""

from collections.abc import Sequence
from dataclasses import replace

from schemas.stored import COMPUTED, PARTIAL, WHOLE
from schemas.uploaded import Provenance
from service_kit.engines.cassandra.database import ENGINE, Bound, Database, Statement
from service_kit.engines.cassandra.settings import CassandraSettings
from stream_processor.replay.letters import Letter
from stream_processor.replay.reaching import reached

# Side by side; a read of one partition takes a millisecond.
_READS_AT_ONCE = 100

# Rows of the same content that was sent again later do not stand for it. What is filtered is one ECG's partition.
_ROW = Statement("""
    SELECT status FROM insights_by_ecg
    WHERE owner_id = ? AND ecg_id = ? AND position <= ? AND content_hash = ? AND segment = ? AND status = ?
    LIMIT 1 ALLOW FILTERING""")
# For a letter of an earlier version, which did not write its position down: any row of its content.
_LAST_POSITION = 2**63 - 1


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
            statements = [(event, one) for event, origin in part for one in asked_of(origin)]
            rows = await database.execute_all(statement for _, statement in statements)
            computed |= {event for (event, _), found in zip(statements, rows, strict=True) if found}
    finally:
        await database.close()
    return [replace(letter, state="computed") if letter.event in computed else letter for letter in letters]


def asked_of(origin: Provenance) -> list[Bound]:
    """What finds a row of what follows from the event: the answer, or its segment's part of it."""
    own = [(WHOLE, COMPUTED)] + ([(origin.segment, PARTIAL)] if origin.segments > 1 else [])
    last = origin.position or _LAST_POSITION
    return [(_ROW, (origin.owner_id, origin.ecg_id, last, origin.content_hash, *row)) for row in own]
