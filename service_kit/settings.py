"""Settings that the services share. Every one is an environment variable with the prefix ``ECG_``.

Or a file: where ``ECG_SECRETS_DIR`` names a folder, a file in it named as the variable, in small letters, holds the
value. So a password need not be in the environment. The variable wins over the file.
"""

import os
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.claims import DEFAULT_AUDIENCE, DEFAULT_ISSUER


class _Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="ECG_", frozen=True, extra="ignore")

    def __init__(self, **given: Any) -> None:
        super().__init__(_secrets_dir=os.environ.get("ECG_SECRETS_DIR"), **given)


class ServiceSettings(_Settings):
    """What every service is told. URLs are the public ones, for links in answers."""

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    ingest_url: str = "http://127.0.0.1:8001"
    query_url: str = "http://127.0.0.1:8002"
    cors_origins: str = ""
    """Origins of browser applications that may call the APIs, comma-separated; none by default."""
    token_issuer: str = DEFAULT_ISSUER
    token_audience: str = DEFAULT_AUDIENCE

    def allowed_origins(self) -> list[str]:
        """The CORS origins as a list."""
        return [origin.strip() for origin in self.cors_origins.split(",") if origin.strip()]


class CallerSettings(_Settings):
    """What callers of an API are held to."""

    requests_per_second: Annotated[float, Field(ge=0)] = 1000.0
    """Of one user at one process, on average over ten seconds; 0: no limit. More than any device needs."""


class KafkaSettings(_Settings):
    """How to reach Kafka."""

    kafka: str = "127.0.0.1:9092"
    """Bootstrap servers, ``host:port``, comma-separated."""
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    kafka_username: str | None = None
    kafka_password: SecretStr | None = None
    kafka_ca_file: str | None = None


class CassandraSettings(_Settings):
    """How to reach Cassandra."""

    cassandra: str = "127.0.0.1:9042"
    """Contact points, ``host:port``, comma-separated; the port of the first holds for the ring."""
    cassandra_keyspace: str = "ecg"
    cassandra_local_dc: str = "datacenter1"
    cassandra_username: str | None = None
    cassandra_password: SecretStr | None = None
    cassandra_ca_file: str | None = None
    cassandra_timeout_seconds: float = 5.0
    """How long one statement may take before Cassandra counts as away."""
