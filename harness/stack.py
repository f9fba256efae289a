"""The stack of docker-compose.yml under a project name and on ports of its own, as somebody with Docker runs it."""

import os
import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from harness import leaks
from harness.running import leads_of
from infra.local.ports import any_free
from infra.paths import REPOSITORY

# The image is built and both engines start from nothing.
UP_LIMIT_SECONDS = 600.0
# Of a connection, which all that is kept open ends before.
ANSWER_LIMIT_SECONDS = 60.0


class Stack:
    """`docker compose` with a project name of its own."""

    def __init__(self) -> None:
        self.port, self.tls_port, self.kafka_port = any_free(), any_free(), any_free()
        self.url = f"http://127.0.0.1:{self.port}"
        self.http = leaks.client(60, self.url)
        self._token = ""
        base = {name: value for name, value in os.environ.items() if not name.startswith("ECG_")}
        self.environment = base | {
            "COMPOSE_PROJECT_NAME": f"ecg-test-{os.getpid()}",
            "ECG_PORT": str(self.port),
            "ECG_TLS_PORT": str(self.tls_port),
            "ECG_KAFKA_PORT": str(self.kafka_port),
        }

    def compose(self, *arguments: str) -> str:
        """One command to its end; what it printed. Fails with what it said."""
        done = subprocess.run(
            ["docker", "compose", *arguments],
            cwd=REPOSITORY,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=UP_LIMIT_SECONDS,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def up(self, *options: str) -> None:
        """Everything is up and healthy after this."""
        self.compose("up", "--detach", "--build", "--wait", *options)

    @contextmanager
    def told(self, **settings: str) -> Iterator[None]:
        """The stack as somebody starts it who sets these, inside the block."""
        before = dict(self.environment)
        self.environment |= settings
        try:
            self.up()
            yield
        finally:
            self.environment = before
            self.up()

    def told_by(self, sent: bytes, *, half_closed: bool = False) -> bytes:
        """All that the proxy says to these bytes. `half_closed`: it is told that nothing comes after them."""
        with socket.create_connection(("127.0.0.1", self.port), ANSWER_LIMIT_SECONDS) as asked:
            # Who is refused early need not be let finish.
            with suppress(OSError):
                asked.sendall(sent)
                if half_closed:
                    asked.shutdown(socket.SHUT_WR)
            told = b""
            with suppress(ConnectionResetError):
                while some := asked.recv(65_536):
                    told += some
            return told

    def sign_in(self) -> None:
        """Take the token that `docker compose run --rm env` prints."""
        exports = self.compose("run", "--rm", "--no-TTY", "env").splitlines()
        told = dict(line.removeprefix("export ").split("=", 1) for line in exports)
        assert told["ECG_INGEST"] == told["ECG_QUERY"] == self.url
        self._token = told["TOKEN"]

    def secret(self, name: str) -> str:
        """A secret that the stack made."""
        return self.compose("exec", "--no-TTY", "query_api", "cat", f"/var/lib/ecg/secrets/{name}").strip()

    def partitions(self, worker: int) -> int:
        """How many partitions this one of the workers says that it reads."""
        ask = "import urllib.request as r; print(r.urlopen('http://127.0.0.1:9100/metrics').read().decode())"
        told = self.compose(
            "exec", "--no-TTY", "--index", str(worker), "stream_processor", "python", "-Ic", ask
        )
        (found,) = re.findall(r"^ecg_processor_partitions (\S+)$", told, re.MULTILINE)
        return int(float(found))

    def ended(self, name: str) -> tuple[int, bool]:
        """How often a container was started again by itself, and whether it went beyond its memory."""
        (container,) = self.compose("ps", "--quiet", name).split()
        form = "{{.RestartCount}} {{.State.OOMKilled}}"
        command = ["docker", "inspect", "--format", form, container]
        count, beyond = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        return int(count), beyond == "true"

    def upload(self, ecg_id: str) -> str:
        """POST a small ECG; the Location of its insights."""
        ecg = {"id": ecg_id, "leads": [{"name": "II", "signal": [1, -1, 1]}]}
        answer = self.http.post("/v1/ecgs", json=ecg, headers=self.headers())
        assert answer.status_code == 202, answer.text
        return answer.headers["location"]

    def crossings(self, location: str) -> int | None:
        """The zero crossings, waited for; None where they are not there yet."""
        answer = self.http.get(location, headers=self.headers() | {"Prefer": "wait=20"})
        if answer.status_code in (202, 503):
            return None
        assert answer.status_code == 200, answer.text
        told = answer.json()
        return int(leads_of(told)[0]["value"]) if told["insights"] else None

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"}
