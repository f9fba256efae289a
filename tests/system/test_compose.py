"""docker-compose.yml brought up from nothing, used through its proxy, hurt, and stopped. Where there is Docker."""

import asyncio
import json
import re
import secrets
import ssl
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from aiokafka import AIOKafkaConsumer

from harness.bad_input.case import MARKER, Case
from harness.bad_input.no_request import NO_REQUEST
from harness.clients import CLIENTS, Asked, Client
from harness.compose import docker_answers
from harness.executing import Page, press_all
from harness.running import until
from harness.stack import Stack
from infra.access import signing_in
from infra.access.accounts import ANALYST
from infra.local.admin import Account
from infra.paths import REPOSITORY
from infra.stack.secret_files import generated
from schemas.topics import UPLOADED
from tests.readme import blocks

ORIGIN = "https://a.example"
ACCOUNTS_FILE = "/var/lib/ecg/secrets/accounts.json"
TAP_LIMIT_SECONDS = 120.0

pytestmark = pytest.mark.skipif(not docker_answers(), reason="no Docker daemon answers")


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """The stack, up and signed in; removed with its data."""
    stack = Stack()
    try:
        stack.up()
        stack.sign_in()
        yield stack
    finally:
        stack.http.close()
        stack.compose("down", "--volumes")


def test_the_first_insight_through_the_proxy(stack: Stack) -> None:
    location = stack.upload("first")
    assert location.startswith(stack.url)
    until(lambda: stack.crossings(location) == 2, "the insight")


def test_the_readmes_lines_reach_an_insight(stack: Stack) -> None:
    (lines,) = [block for block in blocks("sh") if "docker compose up" in block]
    command = ["bash", "-euc", lines]
    done = subprocess.run(
        command, cwd=REPOSITORY, env=stack.environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert '"name":"zero_crossings"' in done.stdout
    assert '"value":2' in done.stdout


def test_an_analyst_on_this_machine_taps_the_topics(stack: Stack) -> None:
    stack.upload("tapped")
    told = stack.compose(*["run", "--rm", "--no-TTY", "--entrypoint", "cat", "replay"], ACCOUNTS_FILE)
    to_kafka = signing_in.to_kafka(signing_in.variables(ANALYST, json.loads(told)))

    async def tapped() -> None:
        async with AIOKafkaConsumer(
            UPLOADED.name,
            bootstrap_servers=f"127.0.0.1:{stack.kafka_port}",
            auto_offset_reset="earliest",
            **to_kafka,
        ) as consumer:
            async for record in consumer:
                if record.key.endswith(b"/tapped"):
                    return

    asyncio.run(asyncio.wait_for(tapped(), TAP_LIMIT_SECONDS))


def test_what_is_for_operators_is_not_let_in(stack: Stack) -> None:
    for path in ("/metrics", "/healthz", "/readyz", "/v1/../metrics", "/v1/%2e%2e/metrics"):
        answer = stack.http.get(path, headers={"X-Request-ID": "asked-by-me"})
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["x-request-id"] == "asked-by-me"


def test_by_tls_the_proxy_shows_its_own_certificate_and_wants_to_be_asked_so_again(stack: Stack) -> None:
    certificate = stack.compose("exec", "--no-TTY", "proxy", "cat", "/etc/nginx/tls/certificate.pem")
    trusting = ssl.create_default_context(cadata=certificate)
    with httpx.Client(base_url=f"https://127.0.0.1:{stack.tls_port}", verify=trusting) as http:
        ecg = {"leads": [{"name": "I", "signal": [1, -1]}]}
        told = {path: http.get(path) for path in ("/docs", "/openapi.json", "/healthz", "/v1/ecgs")}
        told["upload"] = http.post("/v1/ecgs", json=ecg, headers=stack.headers())
        told["too large"] = http.post("/v1/token", content=bytes(70_000))
    assert {path: answer.status_code for path, answer in told.items()} == {
        "/docs": 200,
        "/openapi.json": 200,
        "/healthz": 404,
        "/v1/ecgs": 401,
        "upload": 202,
        "too large": 413,
    }
    for answer in told.values():
        assert answer.headers.get_list("strict-transport-security") == ["max-age=63072000"]
        assert answer.headers.get_list("x-content-type-options") == ["nosniff"]
    assert "strict-transport-security" not in stack.http.get("/docs").headers
    # Which authenticate apart from what they encrypt.
    for weak in ("ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES256-SHA"):
        trusting.maximum_version = ssl.TLSVersion.TLSv1_2
        trusting.set_ciphers(weak)
        with pytest.raises(httpx.ConnectError, match="handshake failure"):
            httpx.get(f"https://127.0.0.1:{stack.tls_port}/docs", verify=trusting)
    plain = stack.http.get(f"http://127.0.0.1:{stack.tls_port}/docs")
    assert (plain.status_code, plain.json()["detail"]) == (400, "this port speaks TLS: ask by https")
    with pytest.raises(httpx.ConnectError, match="certificate"):
        httpx.get(f"https://127.0.0.1:{stack.tls_port}/docs")


def test_both_apis_are_one_page(stack: Stack) -> None:
    page = stack.http.get("/docs")
    assert page.status_code == 200
    for asset in re.findall(r'(?:src|href)="(/[^"]+)"', page.text):
        assert stack.http.get(asset).status_code == 200, asset
    paths = stack.http.get("/openapi.json").json()["paths"]
    assert paths["/v1/ecgs"].keys() == {"get", "post"}
    assert not paths.keys() & {"/metrics", "/healthz", "/readyz"}


def test_every_operation_of_the_page_answers_its_example(stack: Stack) -> None:
    admin = Account("admin@example.com", stack.secret("ecg_admin_password"))
    client = Account(stack.secret("demo_email"), stack.secret("demo_password"))
    press_all(
        Page.of(stack.http, stack.url, client), Page.of(stack.http, stack.url, admin), query_url=stack.url
    )


def test_a_token_is_judged_before_the_body_and_its_length_on_the_way(stack: Stack) -> None:
    # Who is answered before their body was read is cut off after it: each comes with a connection of its own.
    usual = {"Content-Type": "application/json", "Connection": "close"}
    nobody = usual | {"Authorization": "Bearer x"}
    assert stack.http.post("/v1/ecgs", content=bytes(8_000_000), headers=nobody).status_code == 401
    for content in (bytes(33_554_433), iter([bytes(1_000_000)] * 40)):
        answer = stack.http.post("/v1/ecgs", content=content, headers=usual | stack.headers())
        assert answer.status_code == 413
        assert answer.json()["type"] == "urn:ecg:problem:too-large"


@pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS)
def test_every_client_is_understood_and_reads_its_answer(stack: Stack, client: Client) -> None:
    usual = {"Content-Type": "application/json"}
    uploads, content = f"{stack.url}/v1/ecgs", b'{"leads": [{"name": "I", "signal": [1, -1]}]}'
    assert client(Asked(uploads, content, headers=usual | stack.headers())) == (202, "")
    assert client(Asked(uploads, bytes(8_000_000), headers=usual)) == (401, "unauthenticated")
    assert client(Asked(uploads, bytes(40_000_000), headers=usual | stack.headers())) == (413, "too-large")


@pytest.mark.parametrize("case", NO_REQUEST, ids=lambda case: case.name)
def test_what_is_no_request_is_one_to_nobody_behind_the_proxy(stack: Stack, case: Case) -> None:
    """Refused by the proxy, once, with what follows it. Where it reads on, as past a header that is none, nothing is at
    the path. What has no version is answered by a body alone.
    """
    behind = b"GET /v1/ecgs HTTP/1.1\r\nHost: a\r\n\r\n"
    framed = "Content-Length" in case.name or "Transfer-Encoding" in case.name
    for content in case.contents:
        assert isinstance(content, bytes)
        told = stack.told_by(content + behind if framed else content, half_closed=True)
        statuses = re.findall(rb"HTTP/1\.1 (\d+) ", told)
        assert statuses in ([[b"400"]] if framed else [[b"400"], [b"404"], []])
        assert told.count(b'"type":"urn:ecg:problem:') == 1
        assert MARKER.encode() not in told


def test_requests_of_one_connection_are_answered_in_their_order(stack: Stack) -> None:
    paths = (b"/v1/ecgs", b"/docs", b"/nothing", b"/v1/limits", b"/v1/ecgs")
    asked = b"".join(b"GET %b HTTP/1.1\r\nHost: a\r\n\r\n" % path for path in paths * 20)
    last = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    told = stack.told_by(asked + last)
    found = re.findall(rb"HTTP/1\.1 (\d+) ", told)
    assert found == [b"401", b"200", b"404", b"401", b"401"] * 20 + [b"302"]


def test_nobody_may_say_to_be_at_another_address(stack: Stack) -> None:
    account = {"username": f"{secrets.token_hex(4)}@example.com", "password": generated()}

    def guess(number: int) -> int:
        elsewhere = {"X-Forwarded-For": f"198.51.100.{number}"}
        return stack.http.post("/v1/token", data=account, headers=elsewhere).status_code

    # Of one account from one address ten wrong ones are free.
    answers = [guess(number) for number in range(14)]
    assert answers[:10] == [401] * 10
    assert 429 in answers[10:]


def test_settings_reach_the_services_and_their_proxy(stack: Stack) -> None:
    assert stack.http.get("/v1/limits", headers=stack.headers()).json()["body_bytes"] == 33_554_432
    password = generated()
    with stack.told(
        ECG_INGEST_BODY_MAX_BYTES="100000",
        ECG_CORS_ORIGINS=ORIGIN,
        ECG_TOKEN_MINUTES="15",
        ECG_HEAD_SECONDS="1",
        ECG_ADMIN_PASSWORD=password,
    ):
        page = {"Origin": ORIGIN}
        limits = stack.http.get("/v1/limits", headers=page | stack.headers())
        assert limits.json()["body_bytes"] == 100_000
        # From the ingest API, from the proxy, from the query API.
        assert limits.headers["access-control-allow-origin"] == ORIGIN
        usual = {"Content-Type": "application/json", "Connection": "close"} | page
        refused = stack.http.post("/v1/ecgs", content=bytes(100_001), headers=usual | stack.headers())
        assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (413, ORIGIN)
        assert "100000 bytes" in refused.json()["detail"]
        assert stack.told_by(b"GET /docs HTTP/1.1\r\nHost: a\r\n") == b""
        admin = {"username": "admin@example.com", "password": password}
        signed_in = stack.http.post("/v1/token", data=admin, headers=page)
        assert signed_in.json()["expires_in"] == 15 * 60
        assert signed_in.headers["access-control-allow-origin"] == ORIGIN


def test_two_workers_share_the_partitions(stack: Stack) -> None:
    stack.up("--scale", "stream_processor=2")
    until(
        lambda: sum(held := [stack.partitions(1), stack.partitions(2)]) == UPLOADED.partitions and all(held),
        "both",
    )
    locations = [stack.upload(f"shared-{number}") for number in range(20)]
    until(lambda: all(stack.crossings(location) == 2 for location in locations), "the insights")
    stack.up()
    until(lambda: stack.partitions(1) == UPLOADED.partitions, "the one that is left")


def test_the_largest_uploads_fit_into_the_containers_memory(stack: Stack) -> None:
    body = b'{"leads": [{"name": "I", "signal": [%s-1]}]}' % (b"1,-1," * 1_999_990)
    whole = body.replace(b"[1", b"[" + b" " * (33_554_432 - len(body)) + b"1", 1)
    usual = {"Content-Type": "application/json"} | stack.headers()
    with ThreadPoolExecutor(4) as at_once:
        answers = list(
            at_once.map(lambda _: stack.http.post("/v1/ecgs", content=whole, headers=usual), range(4))
        )
    # Two of them fit into the bytes in flight, whose share of one user they take.
    assert {answer.status_code for answer in answers} <= {202, 429}
    assert any(answer.status_code == 202 for answer in answers)
    assert stack.ended("ingest_api") == (0, False)


def test_one_address_may_sign_in_so_often_and_no_oftener(stack: Stack) -> None:
    wrong = {"username": "nobody@example.com"}
    answers = [stack.http.post("/v1/token", data=wrong) for _ in range(100)]
    assert {answer.status_code for answer in answers} == {422, 429}
    refused = answers[-1]
    assert refused.json()["type"] == "urn:ecg:problem:too-many-requests"
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["retry-after"] == "1"


def test_killed_containers_lose_nothing_and_an_upload_needs_kafka_alone(stack: Stack) -> None:
    stack.compose("kill", "--signal", "KILL", "cassandra", "stream_processor", "query_api")
    location = stack.upload("while-half-is-gone")
    answer = stack.http.get(location, headers=stack.headers())
    assert answer.status_code == 503
    assert answer.json()["type"] == "urn:ecg:problem:unavailable"
    assert answer.headers["retry-after"]
    # A service that is away is no reason to write down what was asked of it, nor who asked.
    said = stack.compose("logs", "--no-log-prefix", "proxy")
    assert '"status":503' in said
    assert not [told for told in ("while-half-is-gone", "/v1/", "client: ") if told in said]
    stack.compose("kill", "--signal", "KILL", "kafka", "ingest_api", "proxy")
    stack.up()
    until(lambda: stack.crossings(location) == 2, "the insight of an upload taken meanwhile")


def test_data_outlives_down_and_up(stack: Stack) -> None:
    location = stack.upload("kept")
    until(lambda: stack.crossings(location) == 2, "the insight")
    stack.compose("down")
    stack.up()
    # The token too: the keys are kept.
    assert stack.crossings(location) == 2
