"""A query API on engines of these tests' own, and what is asked of its trail."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cassandra.cluster import Cluster

from harness import auditing
from harness.querying import NOON, Query, Rows, serving, walk
from harness.running import Engines, User, until
from infra.access.accounts import QUERY

KEYSPACE = f"audit_{os.getpid()}"


@contextmanager
def asked(own: Engines, folder: Path, **more: str) -> Iterator[Query]:
    """A query API in that keyspace; what its trail keeps on disk is below `folder`."""
    with serving(own, folder, ECG_CASSANDRA_KEYSPACE=KEYSPACE, **more) as query:
        yield query


def with_ecg(query: Query, cluster: Cluster, own: Engines, ecg_id: str = "ecg-1") -> User:
    user = query.new_user()
    Rows(cluster, own, user, keyspace=KEYSPACE).computed(ecg_id)
    Rows(cluster, own, user, keyspace=KEYSPACE).listed(ecg_id, NOON)
    return user


def verify(own: Engines) -> tuple[int, str]:
    return auditing.command(own.told(QUERY) | {"ECG_CASSANDRA_KEYSPACE": KEYSPACE}, "verify")


def trail(query: Query, user: User, path: str = "/v1/audit") -> list[dict[str, Any]]:
    return walk(query, user, path)[0]


def comes(query: Query, user: User, *actions: str, path: str = "/v1/audit") -> list[dict[str, Any]]:
    """The trail, once these are the oldest of its actions but those of reading it; oldest first."""
    found: list[dict[str, Any]] = []

    def there() -> bool:
        nonlocal found
        told = trail(query, user, path)[::-1]
        found = [one for one in told if not one["action"].startswith("audit.")]
        return [one["action"] for one in found][-len(actions) :] == list(actions)

    until(there, f"{actions} in the trail")
    return found


def read(query: Query, user: User, ecg_id: str = "ecg-1") -> int:
    return query.get(f"/v1/ecgs/{ecg_id}/insights", user, user_agent="monitor/2.1 (ward 7)").status_code


def reads_on_topic(own: Engines, user: User) -> int:
    return sum(
        str(one.owner) == user.id and one.action == "ecg.insights.read" for one in auditing.entries(own.kafka)
    )
