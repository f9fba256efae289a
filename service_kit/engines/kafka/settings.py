"""What a service is told of Kafka, and what of it has to fit together."""

import ssl
from typing import Literal, Self

from pydantic import SecretStr, model_validator

from schemas.setting_names import PREFIX
from service_kit import tls
from service_kit.settings import ExistingFile, Hosts, PartSettings


class KafkaSettings(PartSettings):
    """How to reach Kafka."""

    kafka: Hosts = "127.0.0.1:9092"
    """Bootstrap servers, ``host:port``, comma-separated."""
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    kafka_username: str | None = None
    kafka_password: SecretStr | None = None
    kafka_ca_file: ExistingFile | None = None
    """Certificates of who vouches for the brokers; None: those that the machine believes."""
    kafka_certificate_file: ExistingFile | None = None
    """Shown to brokers that ask for one."""
    kafka_key_file: ExistingFile | None = None
    """The key of that certificate; None: it is in the same file."""

    @property
    def kafka_by_tls(self) -> bool:
        """Whether TLS is spoken."""
        return self.kafka_security_protocol.endswith("SSL")

    def kafka_tls(self) -> ssl.SSLContext:
        """How, by the files as they are now."""
        return tls.context(self.kafka_ca_file, self.kafka_certificate_file, self.kafka_key_file)

    @model_validator(mode="after")
    def _kafka_is_spoken_to_as_was_meant(self) -> Self:
        files = (self.kafka_ca_file, self.kafka_certificate_file, self.kafka_key_file)
        if any(files) and not self.kafka_by_tls:
            raise ValueError(
                "ECG_KAFKA_SECURITY_PROTOCOL should be SSL or SASL_SSL where files for TLS are named"
            )
        if self.kafka_security_protocol.startswith("SASL") and None in (
            self.kafka_username,
            self.kafka_password,
        ):
            raise ValueError("ECG_KAFKA_USERNAME and ECG_KAFKA_PASSWORD should be set for SASL")
        if self.kafka_by_tls:
            tls.check(f"{PREFIX}KAFKA", *files)
        return self
