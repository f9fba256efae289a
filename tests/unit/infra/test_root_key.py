"""The root that is made for one machine and for the stack is the one that the query API signs with."""

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from infra.access.root_key import FILE, public_half
from infra.errors import SetupError
from query_api.keys.root import load_root
from query_api.keys.signing import public_jwk


def test_the_query_api_signs_with_the_root_that_was_made(tmp_path: Path) -> None:
    told = public_half(tmp_path / "keys")
    assert stat.S_IMODE((tmp_path / "keys" / FILE).stat().st_mode) == 0o600
    assert public_jwk(load_root(tmp_path / "keys")).x == told == public_half(tmp_path / "keys")
    assert [path.name for path in (tmp_path / "keys").iterdir()] == [FILE]


def test_the_root_that_the_query_api_made_is_told(tmp_path: Path) -> None:
    assert public_jwk(load_root(tmp_path)).x == public_half(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        b"no key",
        X25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    ],
)
def test_a_file_that_holds_no_such_key_is_said_and_not_shown(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(SetupError, match=r"root of the signing keys") as failure:
        public_half(tmp_path)
    assert content.decode() not in str(failure.value)
