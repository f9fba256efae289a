"""What a service is told of Cassandra, and what of it has to fit together."""

import ssl
from typing import Self

from pydantic import SecretStr, model_validator

from schemas.setting_names import PREFIX
from service_kit import tls
from service_kit.settings import ExistingFile, Hosts, PartSettings, Seconds


class CassandraSettings(PartSettings):
    """How to reach Cassandra."""

    cassandra: Hosts = "127.0.0.1:9042"
    """Contact points, ``host:port``, comma-separated; the port of the first holds for the ring."""
    cassandra_keyspace: str = "ecg"
    cassandra_local_dc: str = "datacenter1"
    cassandra_username: str | None = None
    cassandra_password: SecretStr | None = None
    cassandra_ca_file: ExistingFile | None = None
    """Certificates of who vouches for the nodes; None: no TLS."""
    cassandra_certificate_file: ExistingFile | None = None
    """Shown to nodes that ask for one."""
    cassandra_key_file: ExistingFile | None = None
    """The key of that certificate; None: it is in the same file."""
    cassandra_tls_name: str | None = None
    """The name that every node's certificate is for; None: each for the node's own address."""
    cassandra_timeout_seconds: Seconds = 5.0
    """How long one statement may take before Cassandra counts as away."""

    def cassandra_tls(self) -> ssl.SSLContext | None:
        """How TLS is spoken, by the files as they are now; None: it is not."""
        if self.cassandra_ca_file is None:
            return None
        return tls.context(self.cassandra_ca_file, self.cassandra_certificate_file, self.cassandra_key_file)

    @model_validator(mode="after")
    def _cassandra_is_spoken_to_as_was_meant(self) -> Self:
        files = (self.cassandra_ca_file, self.cassandra_certificate_file, self.cassandra_key_file)
        if self.cassandra_ca_file is not None:
            tls.check(f"{PREFIX}CASSANDRA", *files)
        elif any((*files, self.cassandra_tls_name)):
            raise ValueError(
                "ECG_CASSANDRA_CA_FILE should name whom to believe where anything else of TLS is set"
            )
        return self
