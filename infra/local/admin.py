"""The accounts that this machine's commands use: the first admin and the demo's client, kept for their
owner only.
"""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from infra.console import Console
from infra.errors import SetupError
from infra.private_files import write_private
from schemas.guessable import REFUSAL, is_easily_guessed, words_about
from schemas.passwords import broken_rule

ADMIN_VARIABLES = frozenset({"ECG_ADMIN_EMAIL", "ECG_ADMIN_PASSWORD"})
DEFAULT_ADMIN_EMAIL = "admin@example.com"
# 24 characters of base64: 144 bits.
GENERATED_PASSWORD_BYTES = 18


@dataclass(frozen=True, slots=True)
class Account:
    """How somebody signs in. The password stays out of every representation."""

    email: str
    password: str

    def __repr__(self) -> str:
        return f"Account({self.email!r})"


def read(path: Path) -> Account | None:
    """The account that this file keeps, if any."""
    return Account(**json.loads(path.read_text())) if path.exists() else None


def write(path: Path, account: Account) -> None:
    """Keep an account in a file that only its owner may read."""
    write_private(path, asdict(account))


def first_admin(path: Path, console: Console) -> Account:
    """The first admin: from ECG_ADMIN_EMAIL and ECG_ADMIN_PASSWORD, else the kept one, else a new one,
    shown once.

    Raises SetupError when only one of the two is set, or the password is too short or easily guessed. A password that
    differs from the one before takes its place: the query API mends its admin at each start.
    """
    email, password = (
        os.environ.get("ECG_ADMIN_EMAIL"),
        os.environ.get("ECG_ADMIN_PASSWORD"),
    )
    kept = read(path)
    if bool(email) != bool(password):
        raise SetupError("Set both ECG_ADMIN_EMAIL and ECG_ADMIN_PASSWORD, or neither.")
    if email and password:
        broken = broken_rule(password)
        if broken is not None:
            raise SetupError(f"ECG_ADMIN_PASSWORD {broken}.")
        if is_easily_guessed(password, words_about(email, os.environ.get("ECG_PASSWORD_WORDS", ""))):
            raise SetupError(f"ECG_ADMIN_PASSWORD {REFUSAL}.")
        account = Account(email, password)
    elif kept is not None:
        return kept
    else:
        account = Account(DEFAULT_ADMIN_EMAIL, secrets.token_urlsafe(GENERATED_PASSWORD_BYTES))
        console.say(f"First admin: {account.email}  password: {account.password}")
        console.say(f"  shown this once; kept in {path}, which only you can read")
    write(path, account)
    return account
