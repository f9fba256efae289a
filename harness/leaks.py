"""What no log and no error may hold: every address, password and token that was used, and what was planted in bodies.

Noted as it is used; each problem that a service answers is looked through as it comes, and logs when all has ended.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx

# Of texts in which something else may stand beside them: quotes, colons, escapes.
_WORD = re.compile(rb"[A-Za-z0-9._~+@-]{6,}")
# Of what services keep on disk for a while, the audit trail's as well.
_LOGS = ("*.log", "*.log.*", "audit/*/*")
# A supervisor's terminal, where the first admin's password is shown once; and the engines' data, which is data.
_NO_LOGS = {"said.log", "data", "commitlog"}

_used: set[bytes] = set()


def note(*secrets: str) -> None:
    """These are used from now on."""
    _used.update(secret.encode() for secret in secrets if secret)


def in_text(content: bytes) -> bool:
    """Whether something that was used stands in it."""
    return any(not _used.isdisjoint((word, word.strip(b".-"))) for word in _WORD.findall(content))


def in_logs(folder: Path) -> Iterator[str]:
    """The lines of all logs below a folder in which something stands, by file and number: not what they say."""
    for pattern in _LOGS:
        for file in sorted(folder.rglob(pattern)):
            if _NO_LOGS.intersection(file.relative_to(folder).parts):
                continue
            try:
                lines = file.read_bytes().splitlines()
            except FileNotFoundError:
                # A block of the audit trail, which has been delivered meanwhile.
                continue
            for number, line in enumerate(lines, 1):
                if in_text(line):
                    yield f"{file}:{number}"


def look(answer: httpx.Response) -> None:
    """Of an `httpx.Client`: fail where a problem repeats what was used."""
    if answer.headers.get("content-type", "").startswith("application/problem+json"):
        assert not in_text(answer.read()), f"the problem of {answer.status_code} repeats what was used"


def client(timeout: float, base_url: str = "") -> httpx.Client:
    """A client whose answers are looked through."""
    return httpx.Client(trust_env=False, timeout=timeout, base_url=base_url, event_hooks={"response": [look]})
