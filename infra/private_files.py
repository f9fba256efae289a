"""Files that only their owner may read, replaced in one step."""

import json
import os
import tempfile
from pathlib import Path
from typing import Any


def write_private(path: Path, content: Any) -> None:
    """Replace a JSON file in one step; only its owner may read it."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    with os.fdopen(descriptor, "w") as out:
        json.dump(content, out, indent=2)
        out.write("\n")
    Path(name).replace(path)
