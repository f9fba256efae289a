"""Pairing: a short code that a user makes and a device without a keyboard trades for its token. Once, and in minutes.

A code has 30^8 forms, of which one in 10^8 would be right with thousands of codes open; who tries in vain more often
than a person does is told to wait, whichever process is asked, for an attempt is written before it is judged.
"""

import hashlib
import hmac
import re
import secrets
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from uuid import UUID, uuid1

from query_api.key_files import read_or_make
from schemas.problems import NotFoundError, TooManyRequestsError
from service_kit.engines.cassandra.database import Database, Statement
from service_kit.engines.errors import EngineAwayError

TABLES = ("pairing_codes", "pairing_attempts")

# Without what is taken for something else: 0 and O, 1 and I and L, U and V.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_CHARACTERS = 8
# As it may be typed: in small letters too, with dashes and blanks. The API's document has it.
_BLANKS = r"[- \t\r\n]*"
_CHARACTER = f"[{ALPHABET}{ALPHABET.lower()}]"
CODE_PATTERN = f"^({_BLANKS}{_CHARACTER}){{{CODE_CHARACTERS}}}{_BLANKS}$"
CODE_SECONDS = 600
# Within as long as a code holds. A person mistypes a code, not twenty.
_MOST_IN_VAIN = 20
_KEY_FILE = "pairing.key"
_KEY_BYTES = 32

_PUT = Statement(
    f"INSERT INTO pairing_codes (code_hash, owner_id, name) VALUES (?, ?, ?) IF NOT EXISTS USING TTL {CODE_SECONDS}",  # noqa: S608 - a constant of ours
    conditional=True,
)
# Serial: an attempt that was not confirmed has taken the code or not, and this ends it one way or the other.
_LOOK = Statement("SELECT owner_id, name, taken_by FROM pairing_codes WHERE code_hash = ?", serial=True)
_TAKE = Statement(
    f"""
    UPDATE pairing_codes USING TTL {CODE_SECONDS} SET taken_by = ? WHERE code_hash = ?
    IF owner_id = ? AND taken_by = null""",  # noqa: S608 - a constant of ours
    conditional=True,
)
_TRY = Statement("INSERT INTO pairing_attempts (subject, attempt) VALUES (?, ?)")
_TRIED = Statement(f"SELECT attempt FROM pairing_attempts WHERE subject = ? LIMIT {_MOST_IN_VAIN + 1}")  # noqa: S608
_RIGHT = Statement("DELETE FROM pairing_attempts WHERE subject = ? AND attempt = ?")


class Paired(NamedTuple):
    """Whose a device is that brought a code, and what it is to be called."""

    owner_id: UUID
    name: str


def load_pairing_key(folder: Path) -> bytes:
    """The secret that codes and addresses are hashed with; a new one on first start. Raises OSError."""
    return read_or_make(folder / _KEY_FILE, lambda: secrets.token_bytes(_KEY_BYTES))


def normalised(typed: str) -> str:
    """A code as it is kept: without the dash and blanks, in capitals. Raises ValueError for what is none."""
    if re.fullmatch(CODE_PATTERN, typed) is None:
        raise ValueError("not a pairing code: eight letters and digits, with or without a dash")
    return "".join(typed.split()).replace("-", "").upper()


class Pairing:
    """Makes and takes codes. Every method raises EngineAwayError while Cassandra is away."""

    def __init__(self, database: Database, key: bytes) -> None:
        self._database = database
        self._key = key

    async def make(self, owner_id: UUID, name: str) -> str:
        """A new code for one device of this user, as it is shown: ``ABCD-EFGH``."""
        while True:
            code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_CHARACTERS))
            (found,) = await self._database.execute(_PUT, (self._hashed(code), owner_id, name))
            if found["[applied]"]:
                return f"{code[:4]}-{code[4:]}"

    async def take(self, code: str, address: str | None) -> Paired:
        """Whose this code is, which then is nobody's any more. `code`: normalised. `address`: who tries, by address.

        Raises NotFoundError where it was used, has expired or never was, and TooManyRequestsError where too many were
        tried in vain from there.
        """
        subject, attempt = self._hashed(f"address/{address}").hex(), uuid1()
        # Looked at before as well: who is refused anyway leaves no row.
        await self._must_be_few(subject)
        await self._database.execute(_TRY, (subject, attempt))
        try:
            await self._must_be_few(subject)
            paired = await self._paired(attempt, self._hashed(code))
        except EngineAwayError:
            await self._uncount(subject, attempt)
            raise
        if paired is None:
            raise NotFoundError("there is no such code: it was used, has expired, or never was")
        await self._uncount(subject, attempt)
        return paired

    async def _paired(self, attempt: UUID, hashed: bytes) -> Paired | None:
        rows = await self._database.execute(_LOOK, (hashed,))
        if not rows or rows[0]["owner_id"] is None or rows[0]["taken_by"] is not None:
            return None
        taken = await self._is_taken_by(attempt, hashed, rows[0]["owner_id"])
        return Paired(rows[0]["owner_id"], rows[0]["name"]) if taken else None

    async def _uncount(self, subject: str, attempt: UUID) -> None:
        """Forget an attempt that was no guess; where that fails, one too many is counted."""
        with suppress(EngineAwayError):
            await self._database.execute(_RIGHT, (subject, attempt))

    async def _is_taken_by(self, attempt: UUID, hashed: bytes, owner_id: UUID) -> bool:
        """Take the code for this attempt; whether it did, and no other."""
        try:
            (found,) = await self._database.execute(_TAKE, (attempt, hashed, owner_id))
        except EngineAwayError:
            rows = await self._database.execute(_LOOK, (hashed,))
            return bool(rows) and rows[0]["taken_by"] == attempt
        return bool(found["[applied]"] or found.get("taken_by") == attempt)

    async def _must_be_few(self, subject: str) -> None:
        if len(await self._database.execute(_TRIED, (subject,))) > _MOST_IN_VAIN:
            raise TooManyRequestsError(
                "too many codes were tried from this address", retry_after=CODE_SECONDS
            )

    def _hashed(self, text: str) -> bytes:
        """A code or an address as it is kept: who reads the tables learns neither."""
        return hmac.digest(self._key, text.encode(), hashlib.sha256)
