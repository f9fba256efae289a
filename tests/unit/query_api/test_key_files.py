"""Secrets are made once, whoever starts first."""

import logging
import secrets
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from query_api.key_files import read_or_make


def test_all_who_start_at_once_read_the_same(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "one.key"
    with ThreadPoolExecutor(8) as pool:
        read = list(pool.map(lambda _: read_or_make(path, lambda: secrets.token_bytes(32)), range(32)))

    assert len(set(read)) == 1
    assert [found.name for found in path.parent.iterdir()] == ["one.key"]


def test_a_secret_that_others_can_read_is_reported(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "one.key"
    path.write_bytes(b"secret")
    path.chmod(0o644)

    with caplog.at_level(logging.WARNING):
        assert read_or_make(path, bytes) == b"secret"

    assert "can be read by others" in caplog.text
    assert "secret" not in caplog.text
