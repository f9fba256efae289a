"""What is set reaches the services of this machine: for all, or for the one that is started again."""

import os
import stat
from pathlib import Path

import pytest

from infra.access.accounts import NAMES
from infra.console import Console
from infra.local import parts
from infra.local.admin import read
from infra.local.services import REMOTE_VARIABLES, TITLES, services
from infra.local.state import Files
from schemas.setting_names import OF_SERVICES

PORTS = {"ingest_api": 1, "query_api": 2, "stream_processor": 3}
REACH = {"kafka": "127.0.0.1:4", "cassandra": "127.0.0.1:5"}
# Decided by `make`, as the README says, and what else the engines of this machine do not ask for.
DECIDED = REMOTE_VARIABLES | {
    "ECG_KAFKA",
    "ECG_CASSANDRA",
    "ECG_INGEST_HOST",
    "ECG_INGEST_PORT",
    "ECG_QUERY_HOST",
    "ECG_QUERY_PORT",
    "ECG_PROCESSOR_HOST",
    "ECG_PROCESSOR_PORT",
    "ECG_PROCESSOR_INSTANCE_ID",
    "ECG_INGEST_URL",
    "ECG_QUERY_URL",
    "ECG_KEYS_DIR",
    "ECG_AUDIT_DIR",
}
# For the query API, by way of the account that is kept.
ADMIN = {"ECG_ADMIN_EMAIL", "ECG_ADMIN_PASSWORD"}
SET = "root@example.com"
ACCOUNTS = {name: f"word of {name}" for name in NAMES}


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Files:
    for name in os.environ:
        if name.startswith("ECG_"):
            monkeypatch.delenv(name)
    files = Files(tmp_path)
    files.make()
    return files


def told(files: Files, name: str) -> dict[str, str]:
    (program,) = [program for program in services(files, PORTS, REACH, ACCOUNTS) if program.name == name]
    return dict(program.env())


@pytest.mark.parametrize("name", TITLES)
def test_every_setting_reaches_the_services(name: str, files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in OF_SERVICES:
        monkeypatch.setenv(variable, SET)
    found = told(files, name)
    root = {"ECG_IDENTITY_ROOT"} if name == "ingest_api" else set()
    assert {variable for variable in OF_SERVICES if found.get(variable) != SET} == DECIDED | ADMIN | root


def test_what_is_given_to_one_service_reaches_it_alone(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECG_LOG_LEVEL", "ERROR")
    files.give("query_api", {"ECG_LOG_LEVEL": "DEBUG", "ECG_WAITERS": "7"})
    assert told(files, "ingest_api")["ECG_LOG_LEVEL"] == "ERROR"
    found = told(files, "query_api")
    assert (found["ECG_LOG_LEVEL"], found["ECG_WAITERS"]) == ("DEBUG", "7")
    files.give("query_api", {})
    assert told(files, "query_api")["ECG_LOG_LEVEL"] == "ERROR"


def test_secrets_of_callers_are_not_kept_and_the_admin_where_they_are(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {
        "ECG_TOKEN": "hush",
        "ECG_PASSWORD": "hush",
        "ECG_ADMIN_EMAIL": SET,
        "ECG_ADMIN_PASSWORD": "hush, hush, hush",
    }
    for variable, value in given.items():
        monkeypatch.setenv(variable, value)
    parts.give(files, "query_api", Console())
    kept = files.given / "query_api"
    assert "hush" not in kept.read_text()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    admin = read(files.admin)
    assert admin is not None
    assert (admin.email, admin.password) == (SET, "hush, hush, hush")
    assert told(files, "query_api")["ECG_ADMIN_PASSWORD"] == "hush, hush, hush"


def test_a_name_that_nobody_knows_is_said_to_who_gives_it(
    files: Files, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ECG_CORS_ORIGIN", "https://a.example")
    parts.give(files, "ingest_api", Console())
    assert capsys.readouterr().out == (
        "ECG_CORS_ORIGIN is no setting: nobody reads it; did you mean ECG_CORS_ORIGINS?\n"
    )
