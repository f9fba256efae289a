"""The three services as programs: one environment for all, an own log, and `/readyz` as the question."""

import os
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import httpx

from infra.local.admin import Account
from infra.program import TERMINATED, Program

TITLES = {
    "ingest_api": "Ingest API",
    "stream_processor": "Stream processor",
    "query_api": "Query API",
}
ASK_LIMIT_SECONDS = 3.0
# The processor takes up to 10 s to finish what it has, then leaves the rest and exits with 75.
STOP_LIMIT_SECONDS = 20.0
UNFINISHED = 75
# Another processor that is alive has this one's name.
TWIN = 78
ADMIN_VARIABLES = ("ECG_ADMIN_EMAIL", "ECG_ADMIN_PASSWORD")
# How to reach engines elsewhere, which this machine's own do not ask for.
REMOTE_VARIABLES = ("ECG_KAFKA_", "ECG_CASSANDRA_")


def services(
    var: Path, logs: Path, ports: Mapping[str, int], reach: Mapping[str, str], admin: Account
) -> list[Program]:
    """The services, in the order in which they are started. `reach`: where they find each engine."""
    url = {name: f"http://127.0.0.1:{ports[name]}" for name in TITLES}
    common = {name: value for name, value in os.environ.items() if not name.startswith(REMOTE_VARIABLES)}
    for name in ADMIN_VARIABLES:
        common.pop(name, None)
    common |= {
        "PYTHONUNBUFFERED": "1",
        "ECG_KAFKA": reach["kafka"],
        "ECG_CASSANDRA": reach["cassandra"],
        "ECG_INGEST_HOST": "127.0.0.1",
        "ECG_INGEST_PORT": str(ports["ingest_api"]),
        "ECG_QUERY_HOST": "127.0.0.1",
        "ECG_QUERY_PORT": str(ports["query_api"]),
        "ECG_PROCESSOR_HOST": "127.0.0.1",
        "ECG_PROCESSOR_PORT": str(ports["stream_processor"]),
        "ECG_PROCESSOR_INSTANCE_ID": "local-0",
        "ECG_INGEST_URL": url["ingest_api"],
        "ECG_QUERY_URL": url["query_api"],
    }
    own = {
        "query_api": {
            "ECG_KEYS_DIR": str(var / "keys"),
            "ECG_ADMIN_EMAIL": admin.email,
            "ECG_ADMIN_PASSWORD": admin.password,
            # Authorize on the ingest API's page signs in here.
            "ECG_CORS_ORIGINS": os.environ.get("ECG_CORS_ORIGINS") or url["ingest_api"],
        }
    }
    return [
        Program(
            name=name,
            title=title,
            argv=(sys.executable, "-m", name),
            log=logs / f"{name}.log",
            answers=partial(answers, url[name]),
            waits_for="/readyz",
            address=url[name],
            env=common | own.get(name, {}),
            stop_limit_seconds=STOP_LIMIT_SECONDS,
            clean_exits=TERMINATED | {UNFINISHED},
            hopeless_exits=frozenset({TWIN}),
        )
        for name, title in TITLES.items()
    ]


async def answers(url: str) -> bool:
    """Whether the service says that it is ready."""
    # Never by a proxy that the environment names: it is on this machine. There is no certificate to verify, and
    # reading all that might be needed takes longer than to ask, ten times a second while the service starts.
    async with httpx.AsyncClient(trust_env=False, verify=False, timeout=ASK_LIMIT_SECONDS) as client:  # noqa: S501
        try:
            return (await client.get(f"{url}/readyz")).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False
