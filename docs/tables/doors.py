"""The table of doors, as the tests try it."""

from docs.tables.markdown import table
from harness.doors import APIS, CALLERS


def doors() -> str:
    """Who hears what at each route of each API, in Markdown."""
    rows = [
        [api, f"`{operation}`", *map(str, door)]
        for api, described in APIS.items()
        for operation, door in described.doors.items()
    ]
    return table(("API", "route", *CALLERS), rows)
