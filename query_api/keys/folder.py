"""The folder of the signing keys, looked at while the service runs: a key that is added or removed there is at once.

The folder has an id, made with it, that all copies of this service which share it have in common. A folder that is
gone, or has another id, is no word about keys, only a disk that is away: what was known holds.
"""

import secrets
from pathlib import Path

from query_api.key_files import read_or_make
from query_api.keys.root import load_root
from query_api.keys.signing import SigningKeys, load_keys

_ID_FILE = "folder-id"
_ID_BYTES = 16

Fingerprint = frozenset[tuple[str, int, int, int]]


class LostFolderError(Exception):
    """The folder is not there, or is another one."""


class KeyFolder:
    """The keys of a folder. `current`: as they were at the last look; `root`: by which their records are believed.

    Raises what `load_keys` does.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.id = read_or_make(folder / _ID_FILE, lambda: secrets.token_hex(_ID_BYTES).encode()).decode()
        self.root = load_root(folder)
        # Of nothing: the first look reads all again, whatever loading has made.
        self._seen: Fingerprint = frozenset()
        self.current: SigningKeys = load_keys(folder)

    def look(self) -> bool:
        """Whether there are other keys than at the last look.

        Where the key that signs was removed and the folder is still there, a new one is made, as on first start. Raises
        LostFolderError, or what `load_keys` does; then what was known holds.
        """
        if not self._is_there():
            raise LostFolderError
        seen = self._fingerprint()
        if seen and seen == self._seen:
            return False
        # What was seen is what is loaded, or older: a change in between is seen next time.
        found, before = load_keys(self._folder), self.current
        self.current, self._seen = found, seen
        return found.public != before.public

    def _is_there(self) -> bool:
        try:
            return (self._folder / _ID_FILE).read_text() == self.id
        except FileNotFoundError:
            return False

    def _fingerprint(self) -> Fingerprint:
        """What changes when a file does, for less than reading it."""
        files = [(path.name, path.stat()) for path in self._folder.glob("*.pem")]
        return frozenset((name, stat.st_ino, stat.st_size, stat.st_mtime_ns) for name, stat in files)
