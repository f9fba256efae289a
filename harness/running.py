"""A system or its engines, run by a real `python -m infra.local run` in a folder of its own on free ports."""

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from harness import access, leaks
from infra.access.accounts import FILE_VARIABLE, INGEST, OPERATOR
from infra.access.root_key import public_half
from infra.local.admin import Account, read
from infra.local.failures import tail
from infra.paths import REPOSITORY

START_LIMIT_SECONDS = 180.0
CHANGE_LIMIT_SECONDS = 90.0
POLL_SECONDS = 0.05
# A token of an admin is good for half an hour; a campaign takes longer.
ADMIN_SECONDS = 600.0
SHOWN_LINES = 40
# Whoever tests is at one address, and many of them send wrong passwords.
SHARED_ADDRESS = {"ECG_WRONG_PASSWORDS_OF_ADDRESS": "100000"}


@dataclass(frozen=True, slots=True)
class Engines:
    """Kafka and Cassandra with topics and tables."""

    kafka: str
    cassandra: str
    keys: Path
    """The folder of keys of every query API on them, as copies share one: a key of another would be withdrawn."""

    def told(self, name: str = OPERATOR) -> dict[str, str]:
        """What a service that signs in by this name has to be told, or a command of the operator's."""
        where = {"ECG_KAFKA": self.kafka, "ECG_CASSANDRA": self.cassandra, "ECG_KEYS_DIR": str(self.keys)}
        if name == INGEST:
            where["ECG_IDENTITY_ROOT"] = public_half(self.keys)
        return where | access.environment(name)


@dataclass(frozen=True, slots=True)
class User:
    """A registered user, signed in."""

    id: str
    email: str
    password: str
    token: str

    def __post_init__(self) -> None:
        leaks.note(self.email, self.password, self.token)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


class System:
    """A running system. Addresses stay the same over restarts, process ids are read anew each time."""

    def __init__(self, var: Path, supervisor: subprocess.Popen[bytes]) -> None:
        self.var = var
        self.supervisor = supervisor
        run = self.run()
        self.ingest_url: str = run["ingest_url"]
        self.query_url: str = run["query_url"]
        self.processor_url: str = run["processor_url"]
        self.engines = Engines(run["kafka"], run["cassandra"], var / "keys")
        self.http = leaks.client(30)
        self._users = 0
        self._admin: User | None = None
        self._admin_since = 0.0

    def run(self) -> dict[str, Any]:
        """The content of `run.json` now."""
        return read_run(self.var)

    def pid(self, name: str) -> int:
        """The process id of a program that is not stopped."""
        pid: int = self.run()["pids"][name]
        return pid

    def kill(self, name: str) -> int:
        """kill -9; the id that was killed."""
        pid = self.pid(name)
        os.kill(pid, signal.SIGKILL)
        return pid

    def back(self, name: str, old: int) -> int:
        """Wait until the supervisor has put another process in the place of `old` and it is ready; its id."""
        until(lambda: self.pid(name) != old, f"another process of {name}")
        self.command("start", name)
        return self.pid(name)

    def stop(self, name: str) -> None:
        """Stop a program; it stays stopped."""
        self.command("stop", name)

    def start(self, name: str) -> None:
        """Start a stopped program; returns when it is ready."""
        self.command("start", name)

    def command(self, *arguments: str) -> str:
        """`python -m infra.local ...` on this system; what it printed."""
        done = local(self.var, *arguments)
        assert done.returncode == 0, done.stdout
        return done.stdout

    @property
    def admin(self) -> User:
        """The first admin, with a token that is good for a while."""
        if self._admin is None or time.monotonic() - self._admin_since > ADMIN_SECONDS:
            account = read(self.var / "admin.json")
            assert account is not None
            self._admin, self._admin_since = self.sign_in(account), time.monotonic()
        return self._admin

    def sign_in(self, account: Account) -> User:
        """The user of this account, with a new token."""
        answer = self.http.post(
            f"{self.query_url}/v1/token", data={"username": account.email, "password": account.password}
        )
        assert answer.status_code == 200, answer.text
        token = answer.json()["access_token"]
        me = self.http.get(f"{self.query_url}/v1/users/me", headers={"Authorization": f"Bearer {token}"})
        assert me.status_code == 200, me.text
        return User(me.json()["id"], account.email, account.password, token)

    def new_user(self) -> User:
        """Register somebody as an admin does, and sign in as them."""
        self._users += 1
        email = f"user-{os.getpid()}-{self._users}-{time.time_ns()}@example.com"
        answer = self.http.post(
            f"{self.query_url}/v1/users", json={"email": email}, headers=self.admin.headers
        )
        assert answer.status_code == 201, answer.text
        return self.sign_in(Account(email, redeem(self.http, self.query_url, answer.json()["invitation"])))


def redeem(http: httpx.Client, query_url: str, invitation: str) -> str:
    """Trade an invitation for a new password, as whoever was invited does; the password."""
    password = secrets.token_urlsafe(18)
    leaks.note(invitation, password)
    body = {"invitation": invitation, "password": password}
    answer = http.post(f"{query_url}/v1/invitations/redeem", json=body)
    assert answer.status_code == 200, answer.text
    return password


def leads_of(
    answer: dict[str, Any], insight: str = "zero_crossings", version: int = 1
) -> list[dict[str, Any]]:
    """What an answer of the query API says of each lead, by one of the insights it may have."""
    (found,) = [one for one in answer["insights"] if (one["name"], one["version"]) == (insight, version)]
    leads: list[dict[str, Any]] = found["leads"]
    return leads


def read_run(var: Path) -> dict[str, Any]:
    """The content of `run.json` now."""
    run: dict[str, Any] = json.loads((var / "run.json").read_text())
    return run


def is_run_by(var: Path, supervisor: int) -> bool:
    """Whether all is ready under this supervisor, not under one before it that was killed."""
    return (var / "run.json").exists() and read_run(var)["supervisor"] == supervisor


def environment(var: Path, **more: str) -> dict[str, str]:
    """The environment of a system in this folder, on free ports."""
    access.accounts()
    kept = {"ECG_CACHE_DIR", "ECG_JAVA", FILE_VARIABLE}
    own = {name: value for name, value in os.environ.items() if name in kept}
    # Nor below `make test`: a make below another says so where a newcomer's prints exports alone.
    foreign = ("ECG_", "MAKE", "MFLAGS")
    base = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return {
        **base,
        **own,
        "ECG_VAR": str(var),
        "ECG_PORTS": "free",
        "PYTHONUNBUFFERED": "1",
        **SHARED_ADDRESS,
        **more,
    }


def local(var: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run one command of `python -m infra.local` to its end."""
    return subprocess.run(
        [sys.executable, "-m", "infra.local", *arguments],
        cwd=REPOSITORY,
        env=environment(var, **more),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=START_LIMIT_SECONDS,
    )


@contextmanager
def supervised(var: Path, *options: str, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """A supervisor tied to this process: everything is ready inside the block and stopped after it."""
    var.mkdir(parents=True, exist_ok=True)
    with (var / "said.log").open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "infra.local", "run", *options],
            cwd=REPOSITORY,
            env=environment(var, **more),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
    try:
        until(
            lambda: is_run_by(var, process.pid) or process.poll() is not None,
            "the system",
            START_LIMIT_SECONDS,
        )
        if process.poll() is not None:
            raise AssertionError(
                "The system did not start:\n" + "\n".join(tail(var / "said.log")[-SHOWN_LINES:])
            )
        yield process
    finally:
        process.terminate()
        process.wait(START_LIMIT_SECONDS)


def until(holds: Callable[[], bool], what: str, limit_seconds: float = CHANGE_LIMIT_SECONDS) -> None:
    """Wait until `holds()`; fail naming `what` was waited for."""
    end = time.monotonic() + limit_seconds
    while not holds():
        assert time.monotonic() < end, f"waited {limit_seconds:.0f} s in vain for {what}"
        time.sleep(POLL_SECONDS)


def is_gone(pid: int) -> bool:
    """Whether no process of this id runs."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
