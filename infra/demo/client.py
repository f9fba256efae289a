"""A client of the two APIs, for the demo and `make env`: registers its user once, signs in, posts, asks."""

import secrets
from pathlib import Path
from typing import Any

import httpx

from infra.errors import SetupError
from infra.local.admin import Account, read, write

DEMO_EMAIL = "demo@example.com"
LIMIT_SECONDS = 30.0
WAIT_SECONDS = 10


class Client:
    """Talks to a running system. Raises SetupError, with status and problem, where an answer is not the
    expected one.
    """

    def __init__(self, ingest_url: str, query_url: str) -> None:
        self.ingest_url = ingest_url
        self.query_url = query_url
        # Never by a proxy that the environment names: the system is on this machine.
        self._http = httpx.Client(trust_env=False, timeout=LIMIT_SECONDS)

    def token(self, account: Account) -> str | None:
        """A token for this account; None where the password is not (or no longer) right."""
        form = {"username": account.email, "password": account.password}
        answer = self._http.post(f"{self.query_url}/v1/token", data=form)
        if answer.status_code in (httpx.codes.BAD_REQUEST, httpx.codes.UNAUTHORIZED):
            return None
        token: str = expect(answer, httpx.codes.OK).json()["access_token"]
        return token

    def demo_token(self, demo_file: Path, admin_file: Path) -> tuple[str, str, bool]:
        """The demo's user: a token, the address, and whether they were registered just now, by the admin."""
        kept = read(demo_file)
        token = None if kept is None else self.token(kept)
        if kept is not None and token is not None:
            return token, kept.email, False
        account = self._register(admin_file)
        write(demo_file, account)
        token = self.token(account)
        if token is None:
            raise SetupError(f"{account.email} was registered and could not sign in.")
        return token, account.email, True

    def upload(self, token: str, ecg: dict[str, Any]) -> httpx.Response:
        """POST an ECG; the 202."""
        answer = self._http.post(f"{self.ingest_url}/v1/ecgs", json=ecg, headers=bearer(token))
        return expect(answer, httpx.codes.ACCEPTED)

    def insights(self, token: str, location: str) -> dict[str, Any]:
        """What the query API says at the address in the upload's answer, as soon as it has insights."""
        headers = {**bearer(token), "Prefer": f"wait={WAIT_SECONDS}"}
        answer = self._http.get(location, headers=headers)
        told: dict[str, Any] = expect(answer, httpx.codes.OK).json()
        return told

    def _register(self, admin_file: Path) -> Account:
        admin = read(admin_file)
        token = None if admin is None else self.token(admin)
        if token is None:
            raise SetupError(
                f"The first admin could not sign in with what {admin_file} says: "
                "begin anew with `make clean`."
            )
        for email in (DEMO_EMAIL, f"demo-{secrets.token_hex(4)}@example.com"):
            body = {"email": email}
            answer = self._http.post(f"{self.query_url}/v1/users", json=body, headers=bearer(token))
            # The address is taken where the file with its password was removed.
            if answer.status_code != httpx.codes.CONFLICT:
                break
        return Account(email, expect(answer, httpx.codes.CREATED).json()["password"])


def bearer(token: str) -> dict[str, str]:
    """The header that carries a token."""
    return {"Authorization": f"Bearer {token}"}


def expect(answer: httpx.Response, status: int) -> httpx.Response:
    """The answer, if it has this status."""
    if answer.status_code != status:
        problem = answer.json() if "json" in answer.headers.get("content-type", "") else {}
        said = problem.get("title") or problem.get("status") or "no problem document"
        raise SetupError(
            f"{answer.request.method} {answer.request.url.path} answered {answer.status_code} "
            f"instead of {status}: {said}."
        )
    return answer
