"""Where the system is and as whom a command speaks to it, from the command line, the environment and what is kept."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import click

from ecg_client import going_on, token_file
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
    def client(self, *, signed_in: bool = True, sends: bool = False) -> Iterator[EcgClient]:
        """A client; one that `sends` does so as this machine's device, where it was paired.

        Raises Failure when somebody has to sign in first, or an address is none.
        """
        token = self._token(sends=sends) if signed_in else None
        said = False

        refused: set[str | None] = set()

        def renew() -> str:
            # This machine may have been paired meanwhile; or its device has ended, and not the sign-in.
            nonlocal token
            refused.add(token)
            device = self._device() if sends else None
            if device is not None and device.token not in refused:
                token = device.token
            elif (kept := going_on.go_on(client, self.ingest_url, self.query_url, token)) is not None:
                token = kept.token
            return token or ""

        def retrying(error: EcgError, _: float) -> None:
            nonlocal said
            if not said:
                click.echo(f"{error}; trying for {self.retry_seconds:g} s.", err=True)
            said = True

        retry = RetryPolicy(self.retry_seconds)
        try:
            client = EcgClient(
                self.ingest_url,
                self.query_url,
                token=token,
                renew=renew if signed_in and not os.environ.get(TOKEN) else None,
                retry=retry,
                retrying=retrying,
            )
        except ValueError as error:
            raise Failure(f"{error} (ECG_INGEST, ECG_QUERY, ECG_TOKEN).", WRONG_USE) from None
        with client:
            yield client

    @property
    def is_device(self) -> bool:
        """Whether this machine sends as a device."""
        return not os.environ.get(TOKEN) and self._device() is not None

    def _token(self, *, sends: bool) -> str:
        kept = self._kept(sends=sends)
        if kept:
            return kept[0]
        found = token_file.read(self.ingest_url, self.query_url)
        if found is None:
            raise Failure(f"You are not signed in at {self.query_url}: run `ecg login`.", SIGN_IN)
        raise Failure(f"The sign-in of {found.name} is over: run `ecg login`.", SIGN_IN)

    def _kept(self, *, sends: bool) -> list[str]:
        """The tokens that may hold, or be followed by one that does: the environment's, the device's, the sign-in's."""
        given = os.environ.get(TOKEN)
        if given:
            return [given]
        device = self._device() if sends else None
        sign_in = token_file.read(self.ingest_url, self.query_url)
        return [one.token for one in (device, sign_in) if one is not None and one.goes_on]

    def _device(self) -> token_file.Kept | None:
        kept = token_file.read(self.ingest_url, self.query_url, "device")
        return None if kept is None or kept.is_over else kept
