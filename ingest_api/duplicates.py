"""Members given twice in one object, which JSON decoders pass over in silence, keeping the last."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

# What stands between brackets without strings and nested values: samples, of which no name is asked.
_NUMBERS = re.compile(rb"\[[^\[\]{}\"]*\]")


def duplicates(body: bytes) -> Iterator[tuple[str, str]]:
    """Of each member given twice in an upload or a lead: the JSON pointer of its object, and its name.

    `body` must be valid JSON. Objects at any other place are passed over: they are errors by themselves.
    """
    try:
        upload = json.loads(_NUMBERS.sub(b"0", body), object_pairs_hook=_Members, parse_int=_ignore)
    except RecursionError:
        return
    if not isinstance(upload, _Members):
        return
    yield from (("", name) for name in upload.repeated())
    leads = next((value for name, value in upload if name == "leads" and isinstance(value, list)), [])
    for index, lead in enumerate(leads):
        if isinstance(lead, _Members):
            yield from ((f"/leads/{index}", name) for name in lead.repeated())


class _Members(list[tuple[str, Any]]):
    def repeated(self) -> Iterator[str]:
        times = Counter(name for name, _ in self)
        return (name for name, count in times.items() if count > 1)


def _ignore(_: str) -> None:
    """Numbers are not looked at, however long."""
