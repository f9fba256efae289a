"""Which trails an entry is read in, and the rows that a block makes: pure, so that a block makes the same rows again.

An owner's trail has what was done with their data and their account, by whomever, and to whom either was shown. The
identity trail is an admin's to read: what concerns accounts and keys, and the trail itself, but not who read which ECG.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from schemas.audit import Filed, Written
from schemas.stored import week_of
from schemas.times import parse_rfc3339

IDENTITY: Final = "identity"
"""The subject of the identity trail; of an owner's it is their id."""

# What a row may hold, so that a page of them is soon read; one entry alone may be larger.
_ROW_BYTES = 16 * 1024
_OWNERS_ALONE = frozenset(
    {
        "ecg.read",
        "ecg.insights.read",
        "ecg.status.read",
        "ecg.list",
        "device.read",
        "device.list",
        "audit.read",
    }
)


class Row(msgspec.Struct, frozen=True):
    """Some entries of a block for one trail, in order of time, as a JSON array. `began_at`: of the block, µs."""

    subject: str
    week: str
    began_at: int
    chain: str
    part: int
    entries: str


_block = msgspec.json.Decoder(Written[msgspec.Raw])
_filed = msgspec.json.Decoder(Filed)


def rows_of(value: bytes) -> list[Row]:
    """The rows of a block's value. Raises msgspec.MsgspecError where it is none."""
    block = _block.decode(value)
    began_at = parse_rfc3339(block.began_at)
    week, chain = week_of(began_at), str(block.chain)
    of_subject: dict[str, list[bytes]] = {}
    for raw in block.entries:
        for subject, entry in _filed_entries(bytes(raw)):
            of_subject.setdefault(subject, []).append(entry)
    return [
        Row(subject, week, began_at, chain, part, entries)
        for subject, found in of_subject.items()
        for part, entries in enumerate(_parts(found))
    ]


def _filed_entries(entry: bytes) -> Iterator[tuple[str, bytes]]:
    """The subjects whose trails an entry is in, and the entry as each is told of it."""
    filed = _filed.decode(entry)
    if filed.owner is not None:
        yield filed.owner, entry
    of_oneself = filed.action == "user.read" and filed.actor == filed.owner
    if filed.action not in _OWNERS_ALONE and not of_oneself:
        yield IDENTITY, entry
    if filed.action == "user.list":
        whole = msgspec.json.decode(entry)
        for user in filed.entities:
            # Nobody is told who else was shown.
            yield user.removeprefix("user/"), msgspec.json.encode(whole | {"entities": [user]})


def _parts(entries: list[bytes]) -> Iterator[str]:
    part: list[bytes] = []
    size = 0
    for entry in entries:
        if part and size + len(entry) > _ROW_BYTES:
            yield _array(part)
            part, size = [], 0
        part.append(entry)
        size += len(entry)
    if part:
        yield _array(part)


def _array(entries: list[bytes]) -> str:
    return (b"[" + b",".join(entries) + b"]").decode()
