"""A Kafka and a Cassandra of a test's own that speak TLS alone, and let in whoever has a certificate and a password."""

import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness import access
from harness.brokers import OwnKafka
from harness.certificates import Authority, Shown
from harness.running import START_LIMIT_SECONDS, Engines, until
from infra import tied
from infra.access.accounts import OPERATOR
from infra.console import Console
from infra.engines.cassandra import cassandra
from infra.engines.jars import ensure_jars
from infra.engines.java import ensure_java
from infra.local.ports import any_free
from infra.paths import REPOSITORY
from schemas import tls

HERE = "127.0.0.1"
_GREETING_SECONDS = 3.0
_KAFKA = """
listener.security.protocol.map=CLIENT:SASL_SSL,CONTROLLER:SASL_PLAINTEXT
listener.name.client.ssl.client.auth=required
listener.name.client.ssl.keystore.type=PEM
listener.name.client.ssl.keystore.location={shown}
listener.name.client.ssl.truststore.type=PEM
listener.name.client.ssl.truststore.location={believed}
"""
_CASSANDRA = """
client_encryption_options:
  enabled: true
  optional: false
  require_client_auth: true
  ssl_context_factory:
    class_name: org.apache.cassandra.security.PEMBasedSslContextFactory
  keystore: {shown}
  truststore: {believed}
"""


@dataclass(frozen=True, slots=True)
class Secured:
    """Both, with topics and tables, and what a client has to be told beside where they are and who it is."""

    engines: Engines
    authority: Authority
    tls: Mapping[str, str]


class _Kafka(OwnKafka):
    """Up when it shakes hands: who asks others in the clear is told nothing."""

    def __init__(self, folder: Path, settings: str, context: ssl.SSLContext) -> None:
        super().__init__(folder, settings)
        self._context = context

    def _answers(self) -> bool:
        return _shakes_hands(self.address, self._context)


@contextmanager
def secured(folder: Path) -> Iterator[Secured]:
    """Both engines inside the block; killed after it."""
    authority = Authority(folder / "authority")
    shown, client = authority.sign("engine", HERE), authority.sign("client", "client.example")
    context = tls.context(str(authority.file), str(client.both))
    files = {"shown": shown.both, "believed": authority.file}
    (folder / "kafka").mkdir()
    kafka = _Kafka(folder / "kafka", _KAFKA.format(**files), context)
    with _node(folder / "cassandra", _CASSANDRA.format(**files)) as address:
        try:
            kafka.start()
            until(lambda: _shakes_hands(address, context), "Cassandra", START_LIMIT_SECONDS)
            made = Secured(
                Engines(kafka.address, address, folder / "keys"), authority, _told(authority, client)
            )
            done = apply(made, made.tls)
            assert done.returncode == 0, done.stdout + done.stderr
            yield made
        finally:
            kafka.kill()


@contextmanager
def _node(folder: Path, settings: str) -> Iterator[str]:
    console = Console()
    java, jars, log = ensure_java(console), ensure_jars(console), folder.with_suffix(".log")
    program = cassandra(java, jars, folder, log, any_free(), any_free(), access.accounts())
    folder.mkdir()
    program.prepare()
    with (folder / "cassandra.yaml").open("a") as configuration:
        configuration.write(settings)
    with log.open("ab") as out:
        process = subprocess.Popen(
            tied.command(program.argv), stdin=subprocess.DEVNULL, stdout=out, stderr=out
        )
    try:
        yield program.address
    finally:
        process.kill()
        process.wait()


def _told(authority: Authority, client: Shown) -> dict[str, str]:
    # The key of one in the same file, of the other in another.
    return {
        "ECG_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "ECG_KAFKA_CA_FILE": str(authority.file),
        "ECG_KAFKA_CERTIFICATE_FILE": str(client.both),
        "ECG_CASSANDRA_CA_FILE": str(authority.file),
        "ECG_CASSANDRA_CERTIFICATE_FILE": str(client.certificate),
        "ECG_CASSANDRA_KEY_FILE": str(client.key),
    }


def _shakes_hands(address: str, context: ssl.SSLContext) -> bool:
    host, _, port = address.rpartition(":")
    try:
        with (
            socket.create_connection((host, int(port)), _GREETING_SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=host),
        ):
            return True
    except OSError:
        return False


def apply(made: Secured, told: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """Topics, tables, accounts and rights, by the operator's own command."""
    access.accounts()
    return subprocess.run(
        [sys.executable, "-m", "infra.apply"],
        cwd=REPOSITORY,
        env={**os.environ, **made.engines.told(OPERATOR), **told},
        capture_output=True,
        text=True,
        check=False,
        timeout=START_LIMIT_SECONDS,
    )
