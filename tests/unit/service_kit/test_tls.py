"""Files for TLS that are renewed, out of order, or wrong from the beginning."""

import logging
import shutil
import ssl
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from harness.certificates import Authority, Shown
from service_kit import tls
from service_kit.engines.cassandra.settings import CassandraSettings
from service_kit.engines.kafka.settings import KafkaSettings
from service_kit.settings import ServiceSettings, WrongSettingsError, read

KAFKA, CASSANDRA = "ECG_KAFKA_", "ECG_CASSANDRA_"


class _Both(ServiceSettings, KafkaSettings, CassandraSettings):
    pass


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "authority")


@pytest.fixture
def client(authority: Authority) -> Shown:
    return authority.sign("client", "client.example")


def test_what_was_renewed_holds_for_the_next_client(tmp_path: Path) -> None:
    file = tmp_path / "believed.pem"
    found = []
    for name in ("first", "second"):
        shutil.copy(Authority(tmp_path / name).file, file)
        found.append(tls.context(str(file), None, None).get_ca_certs()[0]["serialNumber"])
    assert found[0] != found[1]


def test_while_a_file_cannot_be_read_what_it_was_holds(
    authority: Authority, client: Shown, caplog: pytest.LogCaptureFixture
) -> None:
    files = str(authority.file), str(client.certificate), str(client.key)
    before = tls.context(*files)
    other = authority.sign("other", "client.example")
    for spoil in (lambda: shutil.copy(other.key, client.key), client.key.unlink):
        spoil()
        with caplog.at_level(logging.ERROR):
            assert tls.context(*files) is before
    assert [record.getMessage() for record in caplog.records] == [
        "the files for TLS cannot be read, going on by what they were"
    ] * 2


def said(monkeypatch: pytest.MonkeyPatch, **told: Path | str) -> list[str]:
    """What is wrong with these settings."""
    for name, value in told.items():
        monkeypatch.setenv(name, str(value))
    try:
        read(_Both)
    except WrongSettingsError as error:
        return list(error.sentences)
    return []


@pytest.mark.parametrize("begin", [KAFKA, CASSANDRA])
def test_files_that_make_no_tls_stop_a_start(
    begin: str, authority: Authority, client: Shown, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ca, certificate, key = (f"{begin}{kind}_FILE" for kind in ("CA", "CERTIFICATE", "KEY"))
    if begin == KAFKA:
        monkeypatch.setenv("ECG_KAFKA_SECURITY_PROTOCOL", "SSL")
    no_pair = [
        f"{certificate} should hold a certificate, and {key} or the same file its key, as PEM without a passphrase."
    ]
    rubbish, locked = tmp_path / "rubbish", tmp_path / "locked"
    rubbish.write_text("no certificate")
    private = load_pem_private_key(client.key.read_bytes(), None)
    locked.write_bytes(
        private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"word"))
    )
    assert said(monkeypatch, **{ca: rubbish}) == [f"{ca} should hold certificates, as PEM."]
    assert said(monkeypatch, **{ca: authority.file}) == []
    assert said(monkeypatch, **{key: client.key}) == [f"{certificate} should name the certificate of {key}."]
    assert said(monkeypatch, **{certificate: client.certificate}) == []
    for wrong in (locked, rubbish, authority.sign("other", "client.example").key):
        assert said(monkeypatch, **{key: wrong}) == no_pair
    monkeypatch.delenv(key)
    assert said(monkeypatch, **{certificate: client.both}) == []
    assert said(monkeypatch, **{certificate: client.certificate}) == no_pair


def test_who_means_tls_is_not_left_without(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    assert said(monkeypatch, ECG_KAFKA_CA_FILE=authority.file) == [
        "ECG_KAFKA_SECURITY_PROTOCOL should be SSL or SASL_SSL where files for TLS are named."
    ]
    monkeypatch.delenv("ECG_KAFKA_CA_FILE")
    assert said(monkeypatch, ECG_CASSANDRA_TLS_NAME="ring.example") == [
        "ECG_CASSANDRA_CA_FILE should name whom to believe where anything else of TLS is set."
    ]
    assert said(monkeypatch, ECG_CASSANDRA_CA_FILE=authority.file) == []


def test_who_means_to_sign_in_is_not_left_without(monkeypatch: pytest.MonkeyPatch) -> None:
    assert said(monkeypatch, ECG_KAFKA_SECURITY_PROTOCOL="SASL_SSL", ECG_KAFKA_USERNAME="ingest_api") == [
        "ECG_KAFKA_USERNAME and ECG_KAFKA_PASSWORD should be set for SASL."
    ]
    assert said(monkeypatch, ECG_KAFKA_PASSWORD="word") == []


def test_what_is_no_failure_of_tls_is_none() -> None:
    assert tls.failure(ConnectionRefusedError()) is None
    assert tls.failure(ssl.SSLError()) == "TLS failed: sslerror"
