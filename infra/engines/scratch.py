"""Where an engine unpacks its native libraries: a folder of its own, emptied at each start.

A killed JVM removes nothing, and in the machine's temporary folder what it left would pile up.
"""

import shutil
from pathlib import Path

SCRATCH = "tmp"


def make_scratch(folder: Path) -> None:
    """Make the engine's `folder`, and in it an empty one for what it unpacks."""
    shutil.rmtree(folder / SCRATCH, ignore_errors=True)
    (folder / SCRATCH).mkdir(parents=True)
