"""Segments of Cassandra's commit log that were never begun, and would keep the node from starting.

Cassandra reserves a segment and then writes its descriptor into it, whose first number is the format's version. Where
the disk is full, the process dies between the two, and with every further start leaves another such segment; when there
is room again, it refuses to start because it cannot read them. Nothing was ever written behind a descriptor that is not
there, so there is nothing in them to be kept.
"""

from pathlib import Path

_VERSION_BYTES = 4


def drop_unbegun(folder: Path) -> None:
    """Remove the segments in `folder` that have no descriptor. Only while the node does not run."""
    for segment in folder.glob("CommitLog-*.log"):
        with segment.open("rb") as opened:
            version = opened.read(_VERSION_BYTES)
        if not any(version):
            segment.unlink()
