"""The container files repeat what the code and the local engines say; here they are held to it."""

import json
import re
from typing import Any

import pytest
import yaml

import ingest_api.settings
import query_api.settings
import stream_processor.settings
from infra.engines.cassandra import HERE
from infra.paths import REPOSITORY
from infra.stack import password, secret_files
from schemas.problems import PROBLEMS
from service_kit.pace import STALL_SECONDS
from tests.compose import services

NGINX = (REPOSITORY / "infra" / "proxy" / "nginx.conf").read_text(encoding="utf-8")
KAFKA_OWN = {"process.roles", "node.id", "listener.security.protocol.map"}
OURS = ("ingest_api", "stream_processor", "query_api")
JOBS = ("apply", "admin_password", "env")


def test_kafka_is_told_what_the_local_one_is() -> None:
    lines = (HERE / "kafka.properties").read_text(encoding="utf-8").splitlines()
    local = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    told = services()["kafka"]["environment"]
    for name, value in local.items():
        if name not in KAFKA_OWN:
            assert str(told["KAFKA_" + name.upper().replace(".", "_")]) == value, name


def test_cassandra_is_told_what_makes_writes_last() -> None:
    local: dict[str, Any] = yaml.safe_load((HERE / "cassandra.yaml").read_text(encoding="utf-8"))
    options = services()["cassandra"]["environment"]["JVM_OPTS"]
    told = dict(re.findall(r"-Dcassandra\.settings\.(\w+)=(\S+)", options))
    assert told.pop("commitlog_sync_period") == "0ms"
    assert told == {name: str(local[name]) for name in told}
    assert {"commitlog_sync", "disk_failure_policy", "commit_failure_policy"} <= told.keys()


@pytest.mark.parametrize("name", services())
def test_what_is_published_is_on_loopback_and_nothing_may_gain_rights(name: str) -> None:
    service = services()[name]
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "mem_limit" in service


@pytest.mark.parametrize("name", [*OURS, *JOBS, "proxy"])
def test_the_root_of_what_is_ours_is_read_only(name: str) -> None:
    assert services()[name]["read_only"] is True


def test_no_secret_is_in_the_file() -> None:
    given = [name for service in services().values() for name in service.get("environment", ())]
    assert [name for name in given if "PASSWORD" in name] == []


def test_the_proxy_takes_an_upload_that_the_ingest_api_takes() -> None:
    limit = ingest_api.settings.Settings.model_fields["ingest_body_max_bytes"].default
    in_ecgs = NGINX.partition("location = /v1/ecgs {")[2].partition("}")[0]
    assert f"client_max_body_size {limit};" in in_ecgs


def test_the_proxy_waits_longer_than_the_services() -> None:
    longest = max(
        ingest_api.settings.Settings.model_fields["ingest_publish_seconds"].default,
        query_api.settings.Settings.model_fields["wait_seconds"].default,
    )
    assert seconds("proxy_read_timeout") > longest
    assert seconds("client_body_timeout") > STALL_SECONDS
    assert seconds("lingering_timeout") >= STALL_SECONDS


def test_the_proxy_asks_where_the_services_listen() -> None:
    settings = (ingest_api.settings.Settings, query_api.settings.Settings, stream_processor.settings.Settings)
    ports = {
        name.removesuffix("_port"): field.default
        for each in settings
        for name, field in each.model_fields.items()
        if name.endswith("_port")
    }
    named = set(re.findall(r"http://(ingest|query)_api:(\d+)", NGINX))
    assert named == {(name, str(ports[name])) for name in ("ingest", "query")}


def test_the_proxys_errors_are_the_documented_problems() -> None:
    by_type = {problem.type_uri(): problem for problem in PROBLEMS}
    answers = re.findall(r"return (\d+) '(\{.*\})';", NGINX)
    assert len(answers) == len(re.findall(r"location = /problems/", NGINX))
    for status, body in answers:
        told = json.loads(body)
        problem = by_type[told["type"]]
        assert (told["title"], told["status"]) == (problem.title, problem.status)
        assert int(status) == problem.status
        assert told.keys() == {"type", "title", "status", "detail"}


def test_a_password_is_made_once_and_not_shown(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ECG_SECRETS_DIR", str(tmp_path))
    password.main()
    made = secret_files.read(secret_files.ADMIN_PASSWORD)
    password.main()
    assert made
    assert secret_files.read(secret_files.ADMIN_PASSWORD) == made
    assert made not in capsys.readouterr().out
    assert (tmp_path / secret_files.ADMIN_PASSWORD).stat().st_mode & 0o077 == 0


def test_a_service_reads_the_password_that_the_job_made(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ECG_ADMIN_PASSWORD", raising=False)
    monkeypatch.setenv("ECG_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("ECG_ADMIN_EMAIL", "admin@example.com")
    password.main()
    told = query_api.settings.Settings().admin_password
    assert told is not None
    assert told.get_secret_value() == secret_files.read(secret_files.ADMIN_PASSWORD)


def test_a_missing_folder_of_secrets_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECG_SECRETS_DIR", "/nowhere")
    with pytest.raises(SystemExit, match="ECG_SECRETS_DIR"):
        password.main()


def seconds(directive: str) -> int:
    (value,) = re.findall(rf"{directive} (\d+)s;", NGINX)
    return int(value)
