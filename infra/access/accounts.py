"""Who signs in to the engines, with passwords that are generated once and kept in a file for its owner only."""

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from infra.errors import SetupError
from infra.private_files import write_private

FILE_VARIABLE = "ECG_ACCOUNTS_FILE"
# What the brokers are to one another, and who may do everything. Their passwords are in the brokers' own files: both
# can sign in before Kafka has kept anything.
BROKER, OPERATOR = "broker", "operator"
INGEST, PROCESSOR, QUERY = SERVICES = ("ingest_api", "stream_processor", "query_api")
# Reads events and nothing else.
ANALYST = "analyst"
NAMES = (BROKER, OPERATOR, *SERVICES, ANALYST)
# 24 characters of base64: 144 bits, which nobody guesses however cheap a guess is.
PASSWORD_BYTES = 18

# Passwords by name.
Accounts = Mapping[str, str]


def kept(path: Path) -> Accounts:
    """The accounts of this file; those that are missing are made and kept first. Raises SetupError."""
    found = read(path) if path.exists() else {}
    missing = {name: secrets.token_urlsafe(PASSWORD_BYTES) for name in NAMES if name not in found}
    if missing:
        found = {**found, **missing}
        write_private(path, found)
    return found


def read(path: Path) -> Accounts:
    """The accounts of this file. Raises SetupError where it cannot be read, or holds something else."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise SetupError(f"The file of the engines' accounts, {path}, cannot be read.") from None
    if not isinstance(found, dict) or not all(isinstance(word, str) and word for word in found.values()):
        raise SetupError(f"The file of the engines' accounts, {path}, should have a password for each name.")
    return found


def given() -> Accounts | None:
    """The accounts of the file that ECG_ACCOUNTS_FILE names; None where it names none. Raises SetupError."""
    path = os.environ.get(FILE_VARIABLE)
    return read(Path(path)) if path else None
