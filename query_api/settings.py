"""What the query API is told: addresses, keys, the first admin, and its limits."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from query_api.emails import normalised
from query_api.oidc_settings import OidcSettings
from schemas.claims import MAX_DEVICE_TOKEN_DAYS, MAX_TOKEN_MINUTES
from schemas.guessable import REFUSAL, is_easily_guessed, words_about
from schemas.passwords import broken_rule
from service_kit.engines.cassandra.settings import CassandraSettings
from service_kit.engines.kafka.settings import KafkaSettings
from service_kit.settings import (
    Bytes,
    CallerSettings,
    Count,
    CountOrNone,
    Port,
)


def _good(password: SecretStr) -> SecretStr:
    broken = broken_rule(password.get_secret_value())
    if broken is not None:
        raise ValueError(broken)
    return password


class Settings(OidcSettings, CallerSettings, KafkaSettings, CassandraSettings):
    """Every setting is an environment variable with the prefix ``ECG_``."""

    query_host: str = "127.0.0.1"
    query_port: Port = 8002

    keys_dir: Path = Path("var/keys")
    """Folder of the private keys, made on first start; one for all copies of this service."""

    audit_dir: Path = Path("var/audit")
    """Folder of what the audit trail keeps on disk until both engines have it; must outlive the process."""
    audit_spool_bytes: Bytes = 268_435_456
    """The most that waits there: some million entries. Beyond it requests go on, and entries are counted as lost."""

    admin_email: Annotated[str, AfterValidator(normalised)] | None = None
    admin_password: Annotated[SecretStr, AfterValidator(_good)] | None = None
    """With the address: an admin who can sign in with exactly this, made or mended at each start."""

    token_minutes: Annotated[int, Field(ge=15, le=MAX_TOKEN_MINUTES)] = 30
    """Life of an access token, unless it is ended before."""

    password_words: str = ""
    """Words that passwords here lean on, comma-separated: of the organisation, its places and its products."""

    session_days: Annotated[int, Field(ge=1, le=365)] = 30
    """How long who signed in may go on by refresh tokens before they sign in again."""

    device_token_days: Annotated[int, Field(ge=1, le=MAX_DEVICE_TOKEN_DAYS)] = 400
    """Life of a device's token, which ends before when it is revoked; longer than a device goes without service."""

    wait_seconds: Annotated[int, Field(ge=0, le=300)] = 30
    """The longest wait granted to ``Prefer: wait=``; below what proxies cut."""

    waiters: CountOrNone = 1000
    """How many requests may wait at once; those beyond are answered as things stand."""

    query_requests_in_flight: Count = 256
    """Requests under way at once, without those that wait; who comes last among them waits for a quarter second."""

    invitation_hours: Annotated[int, Field(ge=1, le=720)] = 72
    """How long an invitation may be traded for a password."""

    wrong_passwords_of_address: Count = 50
    """From one address, in 15 minutes and for accounts that never signed in there, before each has a wait."""

    password_threads: Annotated[int, Field(ge=1, le=64)] = 2
    """Passwords judged at once; each takes 26 ms of a core and 19 MiB."""

    passwords_of: Literal["everybody", "first_admin"] = "everybody"
    """Whose passwords sign in; of the first admin alone only beside an OpenID Connect provider."""

    @model_validator(mode="after")
    def _an_admin_or_none(self) -> Self:
        if (self.admin_email is None) != (self.admin_password is None):
            raise ValueError(
                "set both ECG_ADMIN_EMAIL and ECG_ADMIN_PASSWORD, or neither; the password may be the file "
                "ecg_admin_password in the folder that ECG_SECRETS_DIR names"
            )
        if self.admin_email is not None and self.admin_password is not None:
            known = words_about(self.admin_email, self.password_words)
            if is_easily_guessed(self.admin_password.get_secret_value(), known):
                raise ValueError(f"ECG_ADMIN_PASSWORD {REFUSAL}")
        return self

    @model_validator(mode="after")
    def _somebody_can_sign_in(self) -> Self:
        if self.passwords_of == "first_admin" and None in (self.oidc_issuer, self.admin_email):
            raise ValueError(
                "ECG_PASSWORDS_OF=first_admin needs ECG_OIDC_ISSUER, and ECG_ADMIN_EMAIL for when it is away"
            )
        return self
