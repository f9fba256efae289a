"""The container files repeat what the code and the local engines say; here they are held to it."""

import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic_settings import BaseSettings

import ingest_api.settings
import query_api.settings
import stream_processor.settings
from harness.compose import COMPOSE_FILE, services
from infra.access.accounts import OPERATOR, SERVICES, read
from infra.access.root_key import public_half
from infra.engines.cassandra import HERE
from infra.paths import REPOSITORY
from infra.stack import passwords, secret_files
from schemas import tls
from schemas.problems import PROBLEMS
from schemas.setting_names import OF_SERVICES
from service_kit.http.pace import STALL_SECONDS

PROXY = REPOSITORY / "infra" / "proxy"
KAFKA_OWN = {"process.roles", "node.id", "listener.security.protocol.map"}
SETTINGS: dict[str, type[BaseSettings]] = {
    "ingest_api": ingest_api.settings.Settings,
    "stream_processor": stream_processor.settings.Settings,
    "query_api": query_api.settings.Settings,
}
OURS = tuple(SETTINGS)
# Where the parts of the stack are and how they reach each other is decided by its file.
DECIDED = {
    "ECG_KAFKA",
    "ECG_KAFKA_SECURITY_PROTOCOL",
    "ECG_KAFKA_SASL_MECHANISM",
    "ECG_KAFKA_USERNAME",
    "ECG_KAFKA_PASSWORD",
    "ECG_KAFKA_CA_FILE",
    "ECG_KAFKA_CERTIFICATE_FILE",
    "ECG_KAFKA_KEY_FILE",
    "ECG_CASSANDRA",
    "ECG_CASSANDRA_LOCAL_DC",
    "ECG_CASSANDRA_USERNAME",
    "ECG_CASSANDRA_PASSWORD",
    "ECG_CASSANDRA_CA_FILE",
    "ECG_CASSANDRA_CERTIFICATE_FILE",
    "ECG_CASSANDRA_KEY_FILE",
    "ECG_CASSANDRA_TLS_NAME",
    # Every container is a host of its own; only the proxy is reached from outside.
    "ECG_INGEST_HOST",
    "ECG_INGEST_PORT",
    "ECG_METRICS_ADDRESS",
    "ECG_PROCESSOR_HOST",
    "ECG_PROCESSOR_PORT",
    "ECG_QUERY_HOST",
    "ECG_QUERY_PORT",
    # Of several workers each is named after its container; one name for all would stop all but one.
    "ECG_PROCESSOR_INSTANCE_ID",
    # Of the keys that the query API has in its volume.
    "ECG_IDENTITY_ROOT",
    # Volumes.
    "ECG_KEYS_DIR",
    "ECG_AUDIT_DIR",
    "ECG_SECRETS_DIR",
}
# The file has a default of its own for these.
DEFAULTS = {"ECG_INGEST_URL", "ECG_QUERY_URL", "ECG_PROXIES", "ECG_ADMIN_EMAIL"}
JOBS = ("apply", "passwords", "env", "replay")


def test_kafka_is_told_what_the_local_one_is() -> None:
    lines = (HERE / "kafka.properties").read_text(encoding="utf-8").splitlines()
    local = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    told = services()["kafka"]["environment"]
    for name, value in local.items():
        if name not in KAFKA_OWN:
            assert str(told["KAFKA_" + name.upper().replace(".", "_")]) == value, name


def test_cassandra_is_told_what_makes_writes_last_and_keeps_others_out() -> None:
    local: dict[str, Any] = yaml.safe_load((HERE / "cassandra.yaml").read_text(encoding="utf-8"))
    options = services()["cassandra"]["environment"]["JVM_OPTS"]
    told = dict(re.findall(r"-Dcassandra\.settings\.(\w+)=(\S+)", options))
    assert told.pop("commitlog_sync_period") == "0ms"
    assert told == {name: str(local[name]) for name in told}
    lasting = {"commitlog_sync", "disk_failure_policy", "commit_failure_policy"}
    assert lasting | {"authenticator", "authorizer"} <= told.keys()


@pytest.mark.parametrize("name", services())
def test_what_is_published_is_on_loopback_and_nothing_may_gain_rights(name: str) -> None:
    service = services()[name]
    # What may be opened to others speaks TLS, and is not unless somebody says so.
    loopback = ("127.0.0.1:", "${ECG_TLS_ADDRESS:-127.0.0.1}:")
    assert all(port.startswith(loopback) for port in service.get("ports", ()))
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "mem_limit" in service


@pytest.mark.parametrize("name", [*OURS, *JOBS, "proxy"])
def test_the_root_of_what_is_ours_is_read_only(name: str) -> None:
    assert services()[name]["read_only"] is True


def test_no_secret_is_in_the_file() -> None:
    given = [pair for service in services().values() for pair in service.get("environment", {}).items()]
    secret = ("_PASSWORD", "_USERNAME")
    assert [name for name, value in given if name.endswith(secret) and value is not None] == []


@pytest.mark.parametrize("name", OURS)
def test_every_setting_reaches_its_container(name: str) -> None:
    told = services()[name]["environment"]
    for setting in SETTINGS[name].model_fields:
        variable = f"ECG_{setting.upper()}"
        if variable in told:
            assert told[variable] is None or variable in DECIDED or variable in DEFAULTS
        else:
            assert variable in DECIDED
    assert told.keys() <= OF_SERVICES


def test_what_has_another_default_here_may_still_be_given() -> None:
    text = COMPOSE_FILE.read_text(encoding="utf-8")
    assert [name for name in DEFAULTS if f"{name}: ${{{name}:-" not in text] == []


def test_the_proxy_is_told_what_it_reads() -> None:
    read = set(re.findall(r'setting\("(ECG_\w+)"', (PROXY / "settings.awk").read_text(encoding="utf-8")))
    assert services()["proxy"]["environment"] == dict.fromkeys(read)


def test_the_proxy_takes_an_upload_that_the_ingest_api_takes() -> None:
    limit = default("ingest_body_max_bytes")
    assert f"client_max_body_size {limit};" in of_uploads(nginx())
    other = nginx(ECG_INGEST_BODY_MAX_BYTES="1000000")
    assert "client_max_body_size 1000000;" in of_uploads(other)
    assert "at most 1000000 bytes" in other


def test_the_proxy_waits_as_the_services_do() -> None:
    assert seconds("client_header_timeout") == default("head_seconds")
    assert seconds("send_timeout") == default("answer_seconds")
    # Whatever came of a body may be followed by a pause; the services see to its pace.
    assert seconds("client_body_timeout") == seconds("lingering_time") == default("body_seconds")
    assert seconds("keepalive_timeout") > default("ingest_keep_alive_seconds")
    assert seconds("proxy_read_timeout") > max(default("ingest_publish_seconds"), default("wait_seconds"))
    assert seconds("lingering_timeout") >= STALL_SECONDS


def test_the_proxys_waits_are_settings() -> None:
    slow = {"ECG_HEAD_SECONDS": "0.5", "ECG_BODY_SECONDS": "7200", "ECG_ANSWER_SECONDS": "60"}
    assert seconds("client_header_timeout", **slow) == 1
    assert seconds("client_body_timeout", **slow) == seconds("lingering_time", **slow) == 7200
    assert seconds("send_timeout", **slow) == 60
    assert seconds("proxy_read_timeout", ECG_WAIT_SECONDS="300") > 300
    assert seconds("proxy_read_timeout", ECG_INGEST_PUBLISH_SECONDS="99.5") > 99


@pytest.mark.parametrize(
    ("rate", "each_minute", "at_once"),
    [("", "60000", "10000"), ("5", "300", "50"), ("0.01", "1", "1"), ("0", "60000000", "10000000")],
)
def test_the_proxy_grants_an_address_what_a_user_gets(rate: str, each_minute: str, at_once: str) -> None:
    told = nginx(ECG_REQUESTS_PER_SECOND=rate)
    assert f"zone=requests:10m rate={each_minute}r/m;" in told
    assert set(re.findall(r"zone=requests burst=(\d+)", told)) == {at_once}


def test_the_proxy_holds_both_ends_of_every_connection() -> None:
    assert f"worker_connections {2 * default('connections') + 96};" in nginx()
    assert "limit_conn under_way 512;" in nginx()
    assert "worker_connections 20096;" in nginx(ECG_CONNECTIONS="10000")


def test_who_stands_in_front_of_the_proxy_is_believed_and_nobody_else() -> None:
    assert "set_real_ip_from" not in nginx()
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in nginx()
    told = nginx(ECG_FRONT_PROXIES="192.0.2.0/24, 2001:db8::7")
    assert re.findall(r"set_real_ip_from (\S+);", told) == ["192.0.2.0/24", "2001:db8::7"]
    with pytest.raises(subprocess.CalledProcessError):
        nginx(ECG_FRONT_PROXIES="192.0.2.1; deny all")


def test_the_proxy_speaks_the_tls_that_the_services_speak() -> None:
    (suites,) = re.findall(r"ssl_ciphers (\S+);", nginx())
    assert suites == tls.CIPHERS
    assert "ssl_prefer_server_ciphers on;" in nginx()
    assert "ssl_protocols TLSv1.2 TLSv1.3;" in nginx()


def test_origins_are_filled_in_as_they_are() -> None:
    assert 'set $cors_origins "https://a&b,https://c";' in nginx(ECG_CORS_ORIGINS="https://a&b,https://c")


def test_the_proxy_asks_where_the_services_listen() -> None:
    ports = {
        name.removesuffix("_port"): field.default
        for each in SETTINGS.values()
        for name, field in each.model_fields.items()
        if name.endswith("_port")
    }
    named = set(re.findall(r"http://(ingest|query)_api:(\d+)", nginx()))
    assert named == {(name, str(ports[name])) for name in ("ingest", "query")}


def test_the_proxys_errors_are_the_documented_problems() -> None:
    by_type = {problem.type_uri(): problem for problem in PROBLEMS}
    answers = re.findall(r"return (\d+) '(\{.*\})';", nginx())
    assert len(answers) == len(re.findall(r"location = /problems/", nginx()))
    for status, body in answers:
        told = json.loads(body)
        problem = by_type[told["type"]]
        assert (told["title"], told["status"]) == (problem.title, problem.status)
        assert int(status) == problem.status
        assert told.keys() == {"type", "title", "status", "detail"}


def test_no_browser_guesses_what_the_proxy_answers_and_who_came_by_tls_stays_with_it() -> None:
    """A block with headers of its own has none of those around it."""
    of_all = (PROXY / "headers.conf").read_text(encoding="utf-8")
    own = [
        block.replace("include /etc/nginx/headers.conf;", of_all)
        for block in blocks(nginx())
        if any(said in block for said in ("headers.conf", "return 302", "alias ", "add_header"))
    ]
    assert len(own) > 6
    assert all("add_header Strict-Transport-Security $only_tls always;" in block for block in own)
    made_here = [
        block
        for block in own
        if "add_header X-Request-ID" in block or "return 302" in block or "alias" in block
    ]
    assert len(made_here) == 5
    assert all("add_header X-Content-Type-Options nosniff always;" in block for block in made_here)


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """The job of the stack, on folders of the test's."""
    for name in ("secrets", *(f"of/{one}" for one in ("operator", "kafka", "proxy", *SERVICES))):
        (tmp_path / name).mkdir(parents=True)
    for name in os.environ:
        if name.startswith("ECG_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("ECG_SECRETS_DIR", str(tmp_path / "secrets"))
    monkeypatch.setattr("sys.argv", ["passwords", str(tmp_path / "of"), str(tmp_path / "keys")])
    return passwords.main


def test_passwords_are_made_once_and_not_shown(
    made: Callable[[], None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made()
    accounts = read(tmp_path / "of" / OPERATOR / passwords.ACCOUNTS_FILE)
    words = {secret_files.read(secret_files.ADMIN_PASSWORD), *accounts.values()}
    made()
    after = read(tmp_path / "of" / OPERATOR / passwords.ACCOUNTS_FILE)
    assert words == {secret_files.read(secret_files.ADMIN_PASSWORD), *after.values()}
    assert len(words) == len(accounts) + 1
    said = capsys.readouterr().out
    assert not [word for word in words if word is None or word in said]


def test_each_part_finds_its_own_secrets_and_no_others(made: Callable[[], None], tmp_path: Path) -> None:
    made()
    accounts = read(tmp_path / "of" / OPERATOR / passwords.ACCOUNTS_FILE)
    folders = {name: tmp_path / "of" / name for name in ("ingest_api", "stream_processor")}
    folders["query_api"] = tmp_path / "secrets"
    for name, folder in folders.items():
        text = "".join(path.read_text() for path in folder.iterdir())
        assert [one for one, word in accounts.items() if word in text] == [name]
        assert not [path for path in folder.iterdir() if path.stat().st_mode & 0o077]
    brokers = (tmp_path / "of" / "kafka" / "jaas.conf").read_text()
    assert {one for one, word in accounts.items() if word in brokers} == {"broker", OPERATOR}


@pytest.mark.parametrize("name", OURS)
def test_a_service_reads_what_the_job_made(
    name: str, made: Callable[[], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECG_ADMIN_EMAIL", "admin@example.com")
    made()
    accounts = read(tmp_path / "of" / OPERATOR / passwords.ACCOUNTS_FILE)
    if name != "query_api":
        monkeypatch.setenv("ECG_SECRETS_DIR", str(tmp_path / "of" / name))
    told: Any = SETTINGS[name]()
    if name == "ingest_api":
        assert told.identity_root == public_half(tmp_path / "keys")
    assert (told.kafka_username, told.kafka_password.get_secret_value()) == (name, accounts[name])
    if name == "query_api":
        assert told.admin_password.get_secret_value() == secret_files.read(secret_files.ADMIN_PASSWORD)


def test_a_host_that_is_none_is_said(made: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECG_TLS_HOSTS", "ecg.example, bücher.example")
    with pytest.raises(SystemExit, match="ECG_TLS_HOSTS"):
        made()


def test_a_missing_folder_of_secrets_is_said(
    made: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECG_SECRETS_DIR", "/nowhere")
    with pytest.raises(SystemExit, match="ECG_SECRETS_DIR"):
        made()


def nginx(**told: str) -> str:
    """The proxy's configuration as its container makes it of what it is told."""
    command = ["awk", "-f", str(PROXY / "settings.awk"), str(PROXY / "nginx.conf")]
    base = {"PATH": os.environ["PATH"]}
    return subprocess.run(command, env=base | told, capture_output=True, text=True, check=True).stdout


def blocks(configuration: str) -> list[str]:
    """What each block says itself, without the blocks in it."""
    opened: list[list[str]] = [[]]
    closed = []
    for line in configuration.splitlines():
        if line.endswith("{"):
            opened.append([])
        elif line.strip() == "}":
            closed.append("\n".join(opened.pop()))
        else:
            opened[-1].append(line)
    return closed


def of_uploads(configuration: str) -> str:
    return configuration.partition("location = /v1/ecgs {")[2].partition("}")[0]


def seconds(directive: str, **told: str) -> int:
    (value,) = re.findall(rf" {directive} (\d+)s;", nginx(**told))
    return int(value)


def default(setting: str) -> Any:
    """What the services take where nothing is set."""
    (value,) = {
        each.model_fields[setting].default for each in SETTINGS.values() if setting in each.model_fields
    }
    return value
