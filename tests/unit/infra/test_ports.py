import socket
from pathlib import Path

import pytest

from infra.local import ports


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECG_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv("ECG_PORTS", raising=False)


def test_a_free_default_is_taken_and_a_busy_one_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    free = ports.any_free() + 10_000
    with socket.create_server(("127.0.0.1", 0)) as server:
        busy = server.getsockname()[1]
        monkeypatch.setattr(ports, "DEFAULTS", {"kafka": busy, "cassandra": free})

        chosen, moved = ports.choose()

    assert moved == ["kafka"]
    assert chosen["cassandra"] == free
    assert chosen["kafka"] in ports.FREE_RANGE


def test_a_port_of_another_system_that_does_not_listen_yet_is_left_to_it() -> None:
    port = ports.any_free()

    assert ports.is_free(port)
    assert not ports.reserve(port)


def test_defaults_can_be_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECG_PORTS", "free")

    chosen, moved = ports.choose()

    assert moved == []
    assert len(set(chosen.values())) == len(ports.DEFAULTS)
    assert all(port in ports.FREE_RANGE for port in chosen.values())
