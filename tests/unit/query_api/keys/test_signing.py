"""Tokens that this service signs are believed by whoever has the public keys, and by nobody else."""

import base64
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from query_api.keys.signing import Signer, SigningKeys, load_keys, public_jwk
from schemas.problems import UnauthenticatedError
from service_kit.callers.tokens import TokenVerifier

USER = UUID("8d2c8fb2-6f3f-4c5c-8a53-2f4a1b6f0c11")


def verifier(keys: SigningKeys, audience: str = "audience") -> TokenVerifier:
    made = TokenVerifier(issuer="issuer", audience=audience)
    made.believe(keys.public)
    return made


def signer(keys: SigningKeys) -> Signer:
    return Signer(lambda: keys, issuer="issuer", audience="audience", minutes=30)


def test_a_token_says_who_and_what_for_half_an_hour(tmp_path: Path) -> None:
    keys = load_keys(tmp_path)
    signed = signer(keys).sign(USER, "client", frozenset({"ecgs:read"}))
    claims = verifier(keys).verify(signed.token)

    assert signed.expires_in == 1800
    assert (claims.user_id, claims.role) == (USER, "client")
    assert claims.scopes == frozenset({"ecgs:read"})
    assert claims.token_id


def test_no_two_tokens_have_one_id(tmp_path: Path) -> None:
    keys = load_keys(tmp_path)
    ids = {
        verifier(keys).verify(signer(keys).sign(USER, "admin", frozenset()).token).token_id for _ in range(3)
    }

    assert len(ids) == 3


def test_another_key_or_audience_is_not_believed(tmp_path: Path) -> None:
    keys = load_keys(tmp_path / "a")
    token = signer(keys).sign(USER, "client", frozenset()).token

    for stranger in (verifier(load_keys(tmp_path / "b")), verifier(keys, audience="another")):
        with pytest.raises(UnauthenticatedError):
            stranger.verify(token)


def test_the_key_survives_a_restart(tmp_path: Path) -> None:
    assert load_keys(tmp_path).public == load_keys(tmp_path).public


def test_after_a_rotation_old_tokens_are_still_believed(tmp_path: Path) -> None:
    old = signer(load_keys(tmp_path)).sign(USER, "client", frozenset()).token
    (tmp_path / "sign-in.pem").rename(tmp_path / "retired.pem")
    keys = load_keys(tmp_path)
    new = signer(keys).sign(USER, "client", frozenset()).token

    assert [key.signs for key in keys.public] == ["sign-in", "sign-in", "devices"]
    assert verifier(keys).verify(old).user_id == verifier(keys).verify(new).user_id == USER


def test_the_id_of_a_key_is_its_thumbprint() -> None:
    # RFC 8037, appendix A.
    d = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"
    jwk = public_jwk(Ed25519PrivateKey.from_private_bytes(base64.urlsafe_b64decode(d + "=")))

    assert jwk.x == "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    assert jwk.kid == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_a_key_of_another_kind_is_refused_by_its_file_name(tmp_path: Path) -> None:
    other = generate_private_key(SECP256R1())
    (tmp_path / "retired.pem").write_bytes(
        other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )

    with pytest.raises(TypeError, match=r"retired\.pem"):
        load_keys(tmp_path)
