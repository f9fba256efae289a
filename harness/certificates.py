"""Authorities and certificates of a test's own, as files."""

import ipaddress
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

_LIFE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Shown:
    """What somebody shows: a certificate, its key, and both in one file."""

    certificate: Path
    key: Path
    both: Path

    def context(self) -> ssl.SSLContext:
        """A server that shows it."""
        showing = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        showing.load_cert_chain(self.both)
        return showing


class Authority:
    """Signs certificates; `file` has its own, by which they are believed."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self._key = generate_private_key(SECP256R1())
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"authority {folder.name}")])
        certificate = (
            self._begun(self._name, datetime.now(UTC), self._key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.file = folder / "authority.pem"
        self.file.write_bytes(certificate.public_bytes(Encoding.PEM))

    def sign(self, name: str, host: str, *, ended: bool = False) -> Shown:
        """A new certificate for a host, a name or an IP address, in files of this name. `ended`: it is over."""
        key = generate_private_key(SECP256R1())
        now = datetime.now(UTC) - (2 * _LIFE if ended else timedelta())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        certificate = (
            self._begun(subject, now, key)
            .add_extension(x509.SubjectAlternativeName([_general(host)]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        shown = Shown(*(self._folder / f"{name}{kind}.pem" for kind in ("", "-key", "-both")))
        public = certificate.public_bytes(Encoding.PEM)
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        shown.certificate.write_bytes(public)
        shown.key.write_bytes(secret)
        shown.both.write_bytes(secret + public)
        return shown

    def _begun(
        self, subject: x509.Name, now: datetime, key: EllipticCurvePrivateKey
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _LIFE)
            .not_valid_after(now + _LIFE)
        )


def _general(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
