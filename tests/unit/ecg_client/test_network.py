"""Why there was no answer, in words that help."""

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from ecg_client.clients import EcgClient
from ecg_client.errors import NoAnswerError
from ecg_client.retries import RetryPolicy
from infra.stack import certificate


@pytest.fixture
def untrusted(tmp_path: Path) -> Iterator[str]:
    """Somebody whose certificate nobody knows."""
    certificate.keep(tmp_path, ["127.0.0.1"])
    shown = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    shown.load_cert_chain(tmp_path / certificate.CERTIFICATE, tmp_path / certificate.KEY)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet() -> None:
            connection, _ = server.accept()
            with connection, pytest.raises(ssl.SSLError):
                shown.wrap_socket(connection, server_side=True)

        greeting = Thread(target=greet)
        greeting.start()
        yield f"https://127.0.0.1:{server.getsockname()[1]}"
        greeting.join()


def test_a_certificate_that_is_not_trusted_is_told_as_such(untrusted: str) -> None:
    with EcgClient(untrusted, retry=RetryPolicy(0)) as client, pytest.raises(NoAnswerError) as raised:
        client.upload({"leads": [{"name": "I", "signal": [1]}]})
    assert str(raised.value).startswith("its certificate is not trusted (SSL_CERT_FILE names what is")
    assert untrusted in str(raised.value)
