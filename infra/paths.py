"""Where things lie: the clone, its data folder `var/` (ECG_VAR) and the cache that all clones share
(ECG_CACHE_DIR).
"""

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent


def var_dir() -> Path:
    """The data folder of this clone's system: engines' data, keys, logs, `run.json`. `make clean` removes
    it.
    """
    return Path(os.environ.get("ECG_VAR") or REPOSITORY / "var").absolute()


def cache_dir() -> Path:
    """The folder of what is fetched once (jars, Java), outside the clone and shared by every run on this
    machine.
    """
    given = os.environ.get("ECG_CACHE_DIR")
    if given:
        return Path(given).absolute()
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base).absolute() / "ecg-insights"
