"""A service is ready only where every table is that its statements name."""

import re

import pytest

import stream_processor.incarnations
import stream_processor.store
from infra.paths import REPOSITORY
from query_api.audit import store as audit
from query_api.devices import pairing, refusals
from query_api.devices import store as devices
from query_api.ecgs import progress
from query_api.ecgs import store as ecgs
from query_api.revocations import store as revocations
from query_api.users import admins, attempts, identities, session_store
from query_api.users import store as users

QUERY_API = (
    audit,
    ecgs,
    progress,
    revocations,
    users,
    attempts,
    admins,
    session_store,
    identities,
    devices,
    pairing,
    refusals,
)
NEEDED = {
    "query_api": {table for one in QUERY_API for table in one.TABLES},
    "stream_processor": {*stream_processor.store.TABLES, *stream_processor.incarnations.TABLES},
}


@pytest.mark.parametrize("room", NEEDED)
def test_every_table_of_a_statement_is_one_that_is_looked_for(room: str) -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in (REPOSITORY / room).rglob("*.py"))
    named = set(re.findall(r"\b(?:FROM|INTO|UPDATE)\s+([a-z]\w*)", code)) - {"system", "system_schema"}
    assert named == NEEDED[room]
