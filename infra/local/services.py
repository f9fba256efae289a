"""The three services as programs: what each is told, an own log, and `/readyz` as the question."""

import sys
from collections.abc import Mapping
from functools import partial

import httpx

from infra.access.accounts import Accounts
from infra.access.root_key import public_half
from infra.access.signing_in import variables
from infra.local.admin import ADMIN_VARIABLES, read
from infra.local.state import Files
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
# How to reach engines elsewhere, which this machine's own do not ask for.
REMOTE_VARIABLES = frozenset(
    {
        "ECG_KAFKA_SECURITY_PROTOCOL",
        "ECG_KAFKA_SASL_MECHANISM",
        "ECG_KAFKA_USERNAME",
        "ECG_KAFKA_PASSWORD",
        "ECG_KAFKA_CA_FILE",
        "ECG_CASSANDRA_LOCAL_DC",
        "ECG_CASSANDRA_USERNAME",
        "ECG_CASSANDRA_PASSWORD",
        "ECG_CASSANDRA_CA_FILE",
    }
)


def services(
    files: Files, ports: Mapping[str, int], reach: Mapping[str, str], accounts: Accounts
) -> list[Program]:
    """The services, in the order in which they are started. `reach`: where they find each engine."""
    url = {name: f"http://127.0.0.1:{ports[name]}" for name in TITLES}
    decided = {
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
        "ECG_KEYS_DIR": str(files.var / "keys"),
        "ECG_AUDIT_DIR": str(files.var / "audit"),
    }
    return [
        Program(
            name=name,
            title=title,
            argv=(sys.executable, "-m", name),
            log=files.logs / f"{name}.log",
            answers=partial(answers, url[name]),
            waits_for="/readyz",
            address=url[name],
            env=partial(environment, files, name, {**decided, **variables(name, accounts)}),
            stop_limit_seconds=STOP_LIMIT_SECONDS,
            clean_exits=TERMINATED | {UNFINISHED},
            hopeless_exits=frozenset({TWIN}),
        )
        for name, title in TITLES.items()
    ]


def environment(files: Files, name: str, decided: Mapping[str, str]) -> dict[str, str]:
    """What a service is told: what was set for it, but for what is decided here."""
    left_out = REMOTE_VARIABLES | ADMIN_VARIABLES
    told = {variable: value for variable, value in files.told(name).items() if variable not in left_out}
    told |= decided
    if name == "ingest_api":
        told["ECG_IDENTITY_ROOT"] = public_half(files.var / "keys")
    if name == "query_api":
        # Authorize on the ingest API's page signs in here.
        told["ECG_CORS_ORIGINS"] = told.get("ECG_CORS_ORIGINS") or told["ECG_INGEST_URL"]
        admin = read(files.admin)
        if admin is not None:
            told |= {"ECG_ADMIN_EMAIL": admin.email, "ECG_ADMIN_PASSWORD": admin.password}
    return told


async def answers(url: str) -> bool:
    """Whether the service says that it is ready."""
    # Never by a proxy that the environment names: it is on this machine. There is no certificate to verify, and
    # reading all that might be needed takes longer than to ask, ten times a second while the service starts.
    async with httpx.AsyncClient(trust_env=False, verify=False, timeout=ASK_LIMIT_SECONDS) as client:  # noqa: S501
        try:
            return (await client.get(f"{url}/readyz")).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False
