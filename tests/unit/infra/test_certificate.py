"""The proxy's certificate is one that clients take, for whom it names and no others."""

import ssl
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from infra.stack import certificate
from infra.stack.certificate import CERTIFICATE, KEY, keep

# As strict as Python is from 3.13 on.
STRICT = ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN


def greet(folder: Path, host: str, flags: int = 0) -> str | None:
    """The version of TLS that a client who knows this certificate and asks for this host agrees on with a server."""
    trusting = ssl.create_default_context(cafile=str(folder / CERTIFICATE))
    trusting.verify_flags |= flags
    showing = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    showing.load_cert_chain(folder / CERTIFICATE, folder / KEY)
    one, other = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = trusting.wrap_bio(one, other, server_hostname=host)
    server = showing.wrap_bio(other, one, server_side=True)
    for end in (client, server, client, server):
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            continue
    return client.version()


@pytest.mark.parametrize("host", ["ecg.example", "127.0.0.1", "::1"])
def test_a_client_that_knows_it_takes_it_for_whom_it_names(tmp_path: Path, host: str) -> None:
    assert keep(tmp_path, ["ecg.example", "127.0.0.1", "::1"])
    assert greet(tmp_path, host) == greet(tmp_path, host, STRICT) == "TLSv1.3"


@pytest.mark.parametrize("host", ["other.example", "127.0.0.2", "a.ecg.example"])
def test_it_is_nobody_elses(tmp_path: Path, host: str) -> None:
    keep(tmp_path, ["ecg.example", "127.0.0.1"])
    with pytest.raises(ssl.SSLCertVerificationError):
        greet(tmp_path, host)


def test_it_stays_until_it_is_for_others_or_near_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert keep(tmp_path, ["a.example"])
    first = (tmp_path / CERTIFICATE).read_bytes()
    assert not keep(tmp_path, ["a.example"])
    assert (tmp_path / CERTIFICATE).read_bytes() == first
    assert keep(tmp_path, ["a.example", "b.example"])
    (tmp_path / KEY).unlink()
    assert keep(tmp_path, ["a.example", "b.example"])
    monkeypatch.setattr(certificate, "REMAINDER", certificate.LIFE + timedelta(days=1))
    assert keep(tmp_path, ["a.example", "b.example"])


def test_whoever_shows_it_can_read_it_and_nobody_write_it(tmp_path: Path) -> None:
    keep(tmp_path, ["a.example"])
    assert [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in (CERTIFICATE, KEY)] == [0o444, 0o444]


def test_a_name_that_is_no_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="A-label"):
        keep(tmp_path, ["bücher.example"])
    assert not list(tmp_path.iterdir())
