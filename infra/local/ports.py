"""Ports: the fixed default where it is free, else another one that is, reserved as long as this process
lives.
"""

import os
import random
import socket

from infra.errors import SetupError
from infra.exclusive import take
from infra.paths import cache_dir

DEFAULTS = {
    "kafka": 9092,
    "kafka_controller": 9093,
    "cassandra": 9042,
    "cassandra_storage": 7000,
    "ingest_api": 8001,
    "query_api": 8002,
    "stream_processor": 8003,
}
# Below the range from which systems take the near ends of outgoing connections, one of which could sit on the
# port of a service while it is being started again.
FREE_RANGE = range(20_000, 30_000)
ATTEMPTS = 200


def choose() -> tuple[dict[str, int], list[str]]:
    """A port for each name, and the names whose default was busy. With ECG_PORTS=free no default is tried."""
    ports, moved = {}, []
    for name, default in DEFAULTS.items():
        if os.environ.get("ECG_PORTS") == "free":
            ports[name] = any_free()
        elif reserve(default):
            ports[name] = default
        else:
            ports[name] = any_free()
            moved.append(name)
    return ports, moved


def any_free() -> int:
    """Reserve a free port."""
    for port in random.sample(FREE_RANGE, ATTEMPTS):
        if reserve(port):
            return port
    raise SetupError(f"No free port found on 127.0.0.1 between {FREE_RANGE.start} and {FREE_RANGE.stop}.")


def reserve(port: int) -> bool:
    """Whether the port is free, and if so keep other systems of this user from choosing it while this one
    lives.
    """
    if not is_free(port):
        return False
    return take(cache_dir() / "ports" / str(port)) is not None


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1 now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen(1)
        except OSError:
            return False
        return True
