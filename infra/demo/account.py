"""The demo's user, for the demo and `make env`: registered once by the first admin, and signed in."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ecg_client import ConflictError, EcgClient, EcgError, RejectedError, RetryPolicy, UnauthenticatedError
from infra.errors import SetupError
from infra.local.admin import GENERATED_PASSWORD_BYTES, Account, read, write

DEMO_EMAIL = "demo@example.com"
# The system is up and on this machine: what it cannot do by then, it says.
LIMIT_SECONDS = 10.0


@contextmanager
def connected(run: dict[str, Any]) -> Iterator[EcgClient]:
    """A client of the running system. Raises SetupError for what it cannot do inside the block."""
    retry = RetryPolicy(LIMIT_SECONDS)
    with EcgClient(run["ingest_url"], run["query_url"], retry=retry) as client:
        try:
            yield client
        except EcgError as error:
            raise SetupError(f"{error}.") from None


def sign_in(client: EcgClient, demo_file: Path, admin_file: Path) -> tuple[str, str, bool]:
    """Sign in as the demo's user: the token, the address, and whether they were registered just now.

    Raises SetupError where the admin cannot sign in, EcgError where the system answers another no.
    """
    kept = read(demo_file)
    token = None if kept is None else _token(client, kept)
    if kept is not None and token is not None:
        return token, kept.email, False
    account = _register(client, admin_file)
    write(demo_file, account)
    token = _token(client, account)
    if token is None:
        raise SetupError(f"{account.email} was registered and could not sign in.")
    return token, account.email, True


def _token(client: EcgClient, account: Account) -> str | None:
    """A token for this account; None where the password is not (or no longer) right."""
    try:
        return client.sign_in(account.email, account.password).access_token
    except (UnauthenticatedError, RejectedError):
        return None


def _register(client: EcgClient, admin_file: Path) -> Account:
    admin = read(admin_file)
    if admin is None or _token(client, admin) is None:
        raise SetupError(
            f"The first admin could not sign in with what {admin_file} says: begin anew with `make clean`."
        )
    try:
        created = client.create_user(DEMO_EMAIL)
    except ConflictError:
        # The address is taken where the file with its password was removed.
        created = client.create_user(f"demo-{secrets.token_hex(4)}@example.com")
    # As whoever was invited does: the admin knows no password of theirs.
    password = secrets.token_urlsafe(GENERATED_PASSWORD_BYTES)
    client.redeem_invitation(created.invitation, password)
    return Account(created.email, password)
