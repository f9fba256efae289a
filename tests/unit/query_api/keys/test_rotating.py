"""A rotation, step by step: the next key is believed, then signs, and the old one is forgotten in its time."""

import time
from pathlib import Path

import pytest

from query_api.keys.root import load_next_root, load_root, use_next_root
from query_api.keys.rotating import RotatingError, alone, forget_retired, make_next, use_next
from query_api.keys.signing import load_keys, public_jwk
from schemas.identity import Signs


def kids(folder: Path, kind: Signs) -> list[str]:
    """The keys of a kind, the one that signs first."""
    return [key.kid for key in load_keys(folder).public if key.signs == kind]


@pytest.mark.parametrize("kind", ["sign-in", "devices"])
def test_the_next_key_is_believed_then_signs_and_the_old_one_is_believed(tmp_path: Path, kind: Signs) -> None:
    other: Signs = "devices" if kind == "sign-in" else "sign-in"
    (old,), untouched = kids(tmp_path, kind), kids(tmp_path, other)
    following = make_next(tmp_path, kind)
    # Where it was interrupted here, it goes on with the same.
    assert make_next(tmp_path, kind) == following
    assert kids(tmp_path, kind) == [old, following]
    use_next(tmp_path, kind)
    assert kids(tmp_path, kind) == [following, old]
    assert kids(tmp_path, other) == untouched
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.glob("*.pem"))


def test_a_retired_key_is_removed_after_its_last_token(tmp_path: Path) -> None:
    load_keys(tmp_path)
    make_next(tmp_path, "sign-in")
    use_next(tmp_path, "sign-in")
    assert forget_retired(tmp_path, "sign-in") == []
    (retired,) = tmp_path.glob("sign-in-retired-*.pem")
    past = retired.rename(tmp_path / f"sign-in-retired-{int(time.time()) - 2 * 3600}.pem")
    by_hand = tmp_path / "sign-in-retired-by-hand.pem"
    by_hand.write_bytes(past.read_bytes())
    assert forget_retired(tmp_path, "devices") == []
    assert forget_retired(tmp_path, "sign-in") == [past]
    assert by_hand.exists()


def test_one_at_a_time_and_only_where_there_are_keys(tmp_path: Path) -> None:
    with alone(tmp_path), pytest.raises(RotatingError, match="Somebody else"), alone(tmp_path):
        pass
    with pytest.raises(RotatingError, match="no folder"), alone(tmp_path / "keys"):
        pass


def test_the_next_root_takes_the_place_of_the_root_and_of_no_key(tmp_path: Path) -> None:
    before, keys = public_jwk(load_root(tmp_path)), load_keys(tmp_path).public
    following = public_jwk(load_next_root(tmp_path))
    assert public_jwk(load_next_root(tmp_path)) == following != before == public_jwk(load_root(tmp_path))
    use_next_root(tmp_path)
    assert public_jwk(load_root(tmp_path)) == following
    assert load_keys(tmp_path).public == keys
    assert not {before.kid, following.kid} & {key.kid for key in keys}
    with pytest.raises(FileNotFoundError):
        use_next_root(tmp_path)
