"""Settings that the services share. Every one is an environment variable with the prefix ``ECG_``.

Or a file: where ``ECG_SECRETS_DIR`` names a folder, a file in it named as the variable, in small letters, holds the
value. So a password need not be in the environment. The variable wins over the file.
"""

import os
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from schemas.claims import DEFAULT_AUDIENCE, DEFAULT_ISSUER
from schemas.setting_names import PREFIX, unknown

_SECRETS_DIR = "ECG_SECRETS_DIR"


def _hosts(listed: str) -> str:
    for host in listed.split(","):
        name, colon, port = host.strip().rpartition(":")
        if colon and not (name and port.isascii() and port.isdigit() and 0 < int(port) <= 65_535):
            raise ValueError("should be host:port, or several of them with commas between")
        if not colon and not port:
            raise ValueError("should name a host")
    return listed


def _address(given: str) -> str:
    host, _, port = given.rpartition(":")
    if "," in host or not (host and port.isascii() and port.isdigit() and 0 < int(port) <= 65_535):
        raise ValueError("should be host:port")
    return given


def _networks(listed: str) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(one.strip()) for one in listed.split(",") if one.strip())
    except ValueError:
        raise ValueError("should be addresses or networks, with commas between") from None


def _file(path: str) -> str:
    if not Path(path).is_file():
        raise ValueError("should name a file that is there")
    return path


Hosts = Annotated[str, AfterValidator(_hosts)]
Address = Annotated[str, AfterValidator(_address)]
Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(_networks)]
ExistingFile = Annotated[str, AfterValidator(_file)]
# Kafka counts milliseconds in 31 bits: as long as it can wait, 24 days, is as long as anything is told to.
MAX_SECONDS = 2_073_600
# What such a number is counted in, of things and of bytes, goes no further in what it is handed to.
_MAX_COUNT, _MAX_BYTES = 2**31 - 1, 2**40

# Every setting that is a number is of one of these, or bounds itself: none is below what works, endless, or no number.
Count = Annotated[int, Field(ge=1, le=_MAX_COUNT)]
CountOrNone = Annotated[int, Field(ge=0, le=_MAX_COUNT)]
Bytes = Annotated[int, Field(ge=1, le=_MAX_BYTES)]
BytesOrNone = Annotated[int, Field(ge=0, le=_MAX_BYTES)]
Port = Annotated[int, Field(ge=1, le=65_535)]
Seconds = Annotated[float, Field(gt=0, le=MAX_SECONDS)]
WholeSeconds = Annotated[int, Field(ge=1, le=MAX_SECONDS)]
Rate = Annotated[float, Field(gt=0, le=_MAX_BYTES)]
RateOrNone = Annotated[float, Field(ge=0, le=_MAX_BYTES)]


class WrongSettingsError(Exception):
    """The environment does not make settings. `sentences`: one for each that is wrong, for people."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__(*sentences)
        self.sentences = sentences


class PartSettings(BaseSettings):
    """Some of what a service is told."""

    # A setting that is wrong may be the password itself.
    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="ignore", hide_input_in_errors=True
    )

    def __init__(self, **given: Any) -> None:
        super().__init__(_secrets_dir=os.environ.get(_SECRETS_DIR), **given)


class ServiceSettings(PartSettings):
    """What every service is told. URLs are the public ones, for links in answers."""

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    ingest_url: str = "http://127.0.0.1:8001"
    query_url: str = "http://127.0.0.1:8002"
    cors_origins: str = ""
    """Origins of browser applications that may call the APIs, comma-separated; none by default."""
    token_issuer: str = DEFAULT_ISSUER
    token_audience: str = DEFAULT_AUDIENCE

    metrics_address: Address | None = None
    """``host:port`` where ``/metrics`` is, and nothing else; unset: beside the other paths of the service."""

    head_seconds: Seconds = 10.0
    """How long the headers of a request may take to arrive, on a new connection from its opening."""
    answer_seconds: Seconds = 30.0
    """How long a caller may take to read an answer."""
    body_bytes_per_second: Rate = 1_000.0
    """The least rate of a body on average, after some seconds: half of what the slowest modems reach."""
    body_seconds: Seconds = 3_600.0
    """How long a body may take to arrive, however steadily it comes: 8 MB over such a modem."""
    connections: Count = 2_000
    """Connections that one process holds at once, of one address as many as are free; each takes some 10 kB."""
    proxies: Networks = Field(default=(), validate_default=False)
    """Addresses and networks of proxies, comma-separated: they have connections for many, and share them out."""

    def allowed_origins(self) -> list[str]:
        """The CORS origins as a list."""
        return [origin.strip() for origin in self.cors_origins.split(",") if origin.strip()]


class CallerSettings(PartSettings):
    """What callers of an API are held to."""

    requests_per_second: RateOrNone = 1000.0
    """Of one user at one process, on average over ten seconds; 0: no limit. More than any device needs."""


SomeSettings = TypeVar("SomeSettings", bound=ServiceSettings)


def read(settings_type: type[SomeSettings]) -> SomeSettings:
    """The settings of the environment and of the files.

    Raises WrongSettingsError with a sentence for each that is wrong: the variable's name and never its value.
    """
    secrets = os.environ.get(_SECRETS_DIR)
    if secrets is not None and not (Path(secrets).is_dir() and os.access(secrets, os.R_OK | os.X_OK)):
        raise WrongSettingsError([f"{_SECRETS_DIR} should name a folder that this process may read."])
    try:
        return settings_type()
    except ValidationError as error:
        raise WrongSettingsError(
            [_sentence(found["msg"], *map(str, found["loc"][:1])) for found in error.errors()]
        ) from None
    except OSError:
        raise WrongSettingsError([f"{_SECRETS_DIR} has a file that this process may not read."]) from None


def unheard() -> list[str]:
    """A sentence for each variable, or file of secrets, that looks like a setting and that no service knows."""
    folder = os.environ.get(_SECRETS_DIR)
    files = [path.name.upper() for path in Path(folder).iterdir()] if folder else []
    return list(unknown({*os.environ, *files}))


def _sentence(message: str, setting: str = "") -> str:
    said = message.removeprefix("Value error, ").removeprefix("Input ").rstrip(".")
    if not setting:
        return f"{said[:1].upper()}{said[1:]}."
    return f"{PREFIX}{setting.upper()}{' ' if said.startswith('should') else ': '}{said}."
