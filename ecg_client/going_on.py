"""A kept sign-in goes on: its refresh token is traded for the next, by one process at a time, which keeps it at once.

Who was quicker has kept what all go on with. A token that was traded before ends its session, for it may be stolen: so
none is sent without a look at what is kept now.
"""

import time
from dataclasses import replace

import click

from ecg_client import token_file
from ecg_client.clients import EcgClient
from ecg_client.failures import Failure
from ecg_client.results import Token
from ecg_client.token_file import Kept


def go_on(client: EcgClient, ingest_url: str, query_url: str, refused: str | None) -> Kept | None:
    """The sign-in at these addresses, with another token than the one that was `refused`; None where there is none.

    Raises UnauthenticatedError where its session has ended.
    """
    try:
        with token_file.exclusive():
            kept = token_file.read(ingest_url, query_url)
            if kept is None or not (kept.is_over or kept.token == refused):
                return kept
            if kept.refresh_token is None:
                return None
            return _keep(renewed(kept, client.refresh(kept.refresh_token)))
    except OSError as error:
        # Before anything was traded.
        raise Failure(f"The sign-in cannot be kept in {token_file.path()}: {error.strerror}.") from None


def renewed(kept: Kept, token: Token) -> Kept:
    """A sign-in with the token that it goes on with."""
    return replace(
        kept,
        token=token.access_token,
        expires_at=time.time() + token.expires_in,
        refresh_token=token.refresh_token,
    )


def _keep(kept: Kept) -> Kept:
    try:
        token_file.write(kept)
    except OSError as error:
        said = (
            f"The sign-in cannot be kept in {token_file.path()}: {error.strerror}. Sign in again after this."
        )
        click.echo(said, err=True)
    return kept
