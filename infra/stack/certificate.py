"""The certificate that the proxy of docker-compose.yml shows where nobody gave it another.

It is signed by its own key, so that a client has to be told of it (`curl --cacert`): it keeps others from reading
along, and says who answers to those alone who have it.
"""

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from infra.stack.secret_files import write

CERTIFICATE, KEY = "certificate.pem", "key.pem"
# No client takes one for longer than 398 days from a public authority, and some look at others in the same way.
LIFE, REMAINDER = timedelta(days=397), timedelta(days=60)
# A client's clock may be behind.
BEFORE = timedelta(hours=1)
# The proxy runs as a user of its image's, who is not ours.
FOR_OTHERS = 0o444
# Who trusts it trusts nothing else that its key has signed.
_FOR_SIGNATURES = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)


def keep(folder: Path, hosts: list[str]) -> bool:
    """Have a certificate for these hosts (names and IP addresses) and its key in `folder`; whether they are new.

    They are made anew where they are for other hosts or end within 60 days. Raises ValueError for what is no host.
    """
    names = [_name(host) for host in hosts]
    path = folder / CERTIFICATE
    now = datetime.now(UTC)
    if path.exists() and (folder / KEY).exists() and _serves(path.read_bytes(), names, now + REMAINDER):
        return False
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ecg-insights")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BEFORE)
        .not_valid_after(now + LIFE)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_FOR_SIGNATURES, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write(KEY, secret.decode().strip(), folder, mode=FOR_OTHERS)
    write(
        CERTIFICATE,
        certificate.public_bytes(serialization.Encoding.PEM).decode().strip(),
        folder,
        mode=FOR_OTHERS,
    )
    return True


def _name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _serves(pem: bytes, names: list[x509.GeneralName], until: datetime) -> bool:
    """Whether it is for these names and good until then."""
    certificate = x509.load_pem_x509_certificate(pem)
    held = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return set(held) == set(names) and certificate.not_valid_after_utc > until
