"""TLS as the system speaks it where it is the client: of Kafka and of Cassandra, by its services and its commands."""

import ssl

# Of TLS 1.2 what RFC 9325 recommends: a key of its own for each connection, and encryption that authenticates. TLS 1.3
# has nothing else, and goes first.
CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"


def context(
    ca_file: str | None, certificate_file: str | None = None, key_file: str | None = None
) -> ssl.SSLContext:
    """Believes whom the certificates in `ca_file` vouch for, None: those of the machine, under the name that is asked.

    `certificate_file`: what is shown to an engine that asks who is there; its key is in `key_file`, None: in the same.
    Raises OSError where a file cannot be read, and ssl.SSLError, which is one, where it is not what it should be.
    """
    made = ssl.create_default_context(cafile=ca_file)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.set_ciphers(CIPHERS)
    if certificate_file is not None:
        # Without a word OpenSSL would ask for one at the terminal.
        made.load_cert_chain(certificate_file, key_file, password="")
    return made
