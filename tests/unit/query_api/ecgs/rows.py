"""Rows of ECGs as they are stored, for tests of what is made of them."""

from typing import Any

from query_api.ecgs.choosing import Row

EARLY, LATE = 1_795_000_000_000_000, 1_795_000_000_000_001
RESULT = (
    '{"name":"zero_crossings","version":1,"leads":'
    '[{"name":"I","number_of_samples":3,"baseline":0,"value":2,"warnings":[]}]}'
)


def row(**changes: Any) -> Row:
    usual = {
        "position": 1,
        "accepted_at": EARLY,
        "content_hash": "aa",
        "insight": "zero_crossings",
        "version": 1,
        "segment": -1,
        "status": "computed",
        "date": EARLY,
        "date_source": "client",
        "sampling_frequency": 500.0,
        "result": RESULT,
        "reason": None,
        "device_id": None,
    }
    return usual | changes


def rejection(**changes: Any) -> Row:
    return row(
        **{"insight": "", "version": 0, "status": "rejected", "result": None, "reason": "why"} | changes
    )
