"""A name that leads to one address and later to another. The name service alone is ours, all else is real."""

import json
from pathlib import Path

NAME = "cassandra.test"
FILE = "names.json"
# Of this machine, each a host of its own as far as a client can tell.
ADDRESSES = ("127.0.0.2", "127.0.0.3", "127.0.0.4")
# Python runs what lies there under this name before anything else.
_HOOK = Path(__file__).parent / "resolver"


def lead(names: Path, address: str) -> None:
    """Have the name lead there from now on."""
    names.parent.mkdir(parents=True, exist_ok=True)
    draft = names.with_suffix(".draft")
    draft.write_text(json.dumps({NAME: address}))
    draft.replace(names)


def environment(names: Path) -> dict[str, str]:
    """What makes processes resolve by the file."""
    return {"PYTHONPATH": str(_HOOK), "NAMES_FILE": str(names)}
