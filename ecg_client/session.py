"""Where the system is and as whom a command speaks to it, from the command line, the environment and what is kept."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import click

from ecg_client import token_file
from ecg_client.clients import EcgClient
from ecg_client.errors import EcgError
from ecg_client.failures import SIGN_IN, WRONG_USE, Failure
from ecg_client.retries import RetryPolicy

TOKEN = "ECG_TOKEN"  # noqa: S105 - a variable's name


@dataclass(frozen=True, slots=True)
class Session:
    """The addresses, and how long a call may be tried; a token is looked for when one is needed."""

    ingest_url: str
    query_url: str
    retry_seconds: float

    @contextmanager
    def client(self, *, signed_in: bool = True) -> Iterator[EcgClient]:
        """A client. Raises Failure when somebody has to sign in first, or an address is none."""
        token = self._token() if signed_in else None
        said = False

        def retrying(error: EcgError, _: float) -> None:
            nonlocal said
            if not said:
                click.echo(f"{error}; trying for {self.retry_seconds:g} s.", err=True)
            said = True

        retry = RetryPolicy(self.retry_seconds)
        try:
            client = EcgClient(self.ingest_url, self.query_url, token=token, retry=retry, retrying=retrying)
        except ValueError as error:
            raise Failure(f"{error} (ECG_INGEST, ECG_QUERY, ECG_TOKEN).", WRONG_USE) from None
        with client:
            yield client

    def _token(self) -> str:
        given = os.environ.get(TOKEN)
        if given:
            return given
        found = token_file.read(self.ingest_url, self.query_url)
        if found is None:
            raise Failure(f"You are not signed in at {self.query_url}: run `ecg login`.", SIGN_IN)
        if found.is_over:
            raise Failure(f"The sign-in of {found.email} is over: run `ecg login`.", SIGN_IN)
        return found.token
