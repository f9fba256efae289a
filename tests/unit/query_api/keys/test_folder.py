"""Keys that are added to the folder or removed from it are noticed; a folder that is gone says nothing of keys."""

import shutil
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from query_api.keys.folder import KeyFolder, LostFolderError
from schemas.identity import Signs


def put(path: Path) -> None:
    key = Ed25519PrivateKey.generate()
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def kids(folder: KeyFolder, signs: Signs = "sign-in") -> list[str]:
    return [key.kid for key in folder.current.public if key.signs == signs]


def test_a_key_is_added_and_removed_while_it_is_looked_at(tmp_path: Path) -> None:
    folder = KeyFolder(tmp_path / "keys")
    signs = kids(folder)
    assert not folder.look()
    put(tmp_path / "keys" / "next.pem")
    assert folder.look()
    assert (kids(folder)[:1], len(kids(folder))) == (signs, 2)
    (tmp_path / "keys" / "next.pem").unlink()
    assert folder.look()
    assert kids(folder) == signs
    assert not folder.look()


def test_a_rotation_by_the_book_signs_with_the_next_key_and_believes_the_last(tmp_path: Path) -> None:
    folder = KeyFolder(tmp_path)
    (old,) = kids(folder)
    put(tmp_path / "next.pem")
    folder.look()
    new = kids(folder)[1]
    shutil.copy2(tmp_path / "sign-in.pem", tmp_path / "retired.pem")
    (tmp_path / "next.pem").replace(tmp_path / "sign-in.pem")
    assert folder.look()
    assert kids(folder) == [new, old]
    (tmp_path / "retired.pem").unlink()
    assert folder.look()
    assert kids(folder) == [new]


def test_the_key_of_devices_is_rotated_as_the_other_which_stays_as_it_is(tmp_path: Path) -> None:
    folder = KeyFolder(tmp_path)
    (old,), sign_in = kids(folder, "devices"), kids(folder)
    (tmp_path / "devices.pem").rename(tmp_path / "devices-retired.pem")
    assert folder.look()
    new, retired = kids(folder, "devices")
    assert retired == old != new
    assert kids(folder) == sign_in


def test_copies_of_a_service_share_the_id_and_other_folders_have_others(tmp_path: Path) -> None:
    assert KeyFolder(tmp_path / "a").id == KeyFolder(tmp_path / "a").id != KeyFolder(tmp_path / "b").id


def test_without_the_key_that_signs_a_new_one_is_made(tmp_path: Path) -> None:
    folder = KeyFolder(tmp_path)
    before = kids(folder)
    (tmp_path / "sign-in.pem").unlink()
    assert folder.look()
    assert len(kids(folder)) == 1
    assert kids(folder) != before


def test_a_folder_that_is_away_or_another_changes_nothing(tmp_path: Path) -> None:
    folder, before = KeyFolder(tmp_path / "keys"), tmp_path / "elsewhere"
    known = kids(folder)
    (tmp_path / "keys").rename(before)
    with pytest.raises(LostFolderError):
        folder.look()
    assert not (tmp_path / "keys").exists()
    KeyFolder(tmp_path / "keys")
    with pytest.raises(LostFolderError):
        folder.look()
    shutil.rmtree(tmp_path / "keys")
    before.rename(tmp_path / "keys")
    assert not folder.look()
    assert kids(folder) == known


def test_a_file_that_holds_no_key_changes_nothing_until_it_is_mended(tmp_path: Path) -> None:
    folder = KeyFolder(tmp_path)
    known = kids(folder)
    (tmp_path / "next.pem").write_text("half a key")
    for _ in range(2):
        with pytest.raises(ValueError, match="PEM"):
            folder.look()
    assert kids(folder) == known
    put(tmp_path / "next.pem")
    assert folder.look()
