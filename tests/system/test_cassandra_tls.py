"""TLS to Cassandra: believed is only who the operator's certificates vouch for, under the name that was asked for."""

import asyncio
import ipaddress
import logging
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from harness.databases import connected, database, linked, on_each_loop, read, run, write
from harness.running import Engines
from service_kit.engines.errors import EngineAwayError

Loop = Callable[[], asyncio.AbstractEventLoop]
HERE, ELSEWHERE = "127.0.0.1", "127.0.0.2"
ATTEMPTS_SECONDS = 20.0


def self_signed(folder: Path, address: str) -> tuple[ssl.SSLContext, Path]:
    """What a node at this address shows, and the file by which it is believed."""
    key = generate_private_key(SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, address)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    folder.mkdir()
    known, secret = folder / "certificate.pem", folder / "key.pem"
    known.write_bytes(certificate.public_bytes(Encoding.PEM))
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(known, secret)
    return context, known


@on_each_loop
def test_a_node_is_believed_by_its_certificate(engines: Engines, loop: Loop, tmp_path: Path) -> None:
    """Also with what takes many records, and after the connections were cut."""
    context, known = self_signed(tmp_path / "node", HERE)

    async def test() -> None:
        async with (
            linked(engines, context) as (link, address),
            database(address, ca_file=known, seconds=20.0) as opened,
        ):
            await connected(opened)
            owner, large = uuid4(), "ecg" * 1_000_000
            await write(opened, owner, "large", large)
            assert await read(opened, owner, "large") == large
            assert link.cut(1.0) >= 1
            await connected(opened)
            found = await asyncio.gather(*(read(opened, owner, "large") for _ in range(5)))
            assert found == [large] * 5

    run(test(), loop)


@on_each_loop
@pytest.mark.parametrize("wrong", ["authority", "name", "no TLS"])
def test_anybody_else_is_refused(
    engines: Engines, loop: Loop, wrong: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    context, known = self_signed(tmp_path / "node", ELSEWHERE if wrong == "name" else HERE)
    if wrong == "authority":
        _, known = self_signed(tmp_path / "other", HERE)
    said = {
        "authority": "CERTIFICATE_VERIFY_FAILED",
        "name": "IP address mismatch, certificate is not valid for '127.0.0.1'",
        # A node that speaks plainly, to which a handshake is nonsense.
        "no TLS": "",
    }[wrong]

    def refusals() -> int:
        # What the driver says of each attempt.
        return sum(
            said in str(record.exc_info) for record in caplog.records if record.name == "cassandra.cluster"
        )

    async def test() -> None:
        async with (
            linked(engines, None if wrong == "no TLS" else context) as (_, address),
            database(address, ca_file=known) as opened,
        ):
            async with asyncio.timeout(ATTEMPTS_SECONDS):
                while refusals() < 2:
                    with pytest.raises(EngineAwayError, match="not connected yet"):
                        await opened.answers()
                    await asyncio.sleep(0.05)

    with caplog.at_level(logging.WARNING):
        run(test(), loop)
