"""Every bad input of the list, over real HTTP: the answer it is promised, soon, in bounded memory, without echo."""

import http.client
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx
import psutil
import pytest

from harness.bad_input.arrow import ARROW_UPLOADS
from harness.bad_input.case import MARKER, Case, Content
from harness.bad_input.files import FILES
from harness.bad_input.no_request import NO_REQUEST
from harness.bad_input.queries import QUERIES
from harness.bad_input.signing_in import SIGNING_IN, TAKEN
from harness.bad_input.uploads import UPLOADS
from harness.ingesting import Ingest, Signer, ingesting, until_ready
from harness.querying import Query, Rows, cassandra, serving
from harness.running import Engines
from query_api.keys import signing
from schemas.claims import DEFAULT_AUDIENCE, DEFAULT_ISSUER, SCOPES
from schemas.problems import PROBLEMS
from schemas.receipts import Receipt, encode_receipt
from schemas.times import parse_rfc3339

# Each takes milliseconds on an idle machine, but for those that are made to wait.
ANSWER_LIMIT_SECONDS = 20.0
BODY_SECONDS = 2
# The service with nothing to do takes some 120 MB, and a body of 32 MiB three times its size.
MEMORY_LIMIT_BYTES = 700 * 1_048_576
TITLES = {problem.type_uri(): problem.title for problem in PROBLEMS}
ORIGIN = "https://app.example"


@pytest.fixture(scope="module")
def ingest(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ingest]:
    signer = Signer(engines.keys)
    signer.announce(engines.kafka)
    log = tmp_path_factory.mktemp("ingest") / "ingest.log"
    with ingesting(
        engines.kafka, signer, log, ECG_CORS_ORIGINS=ORIGIN, ECG_BODY_SECONDS=str(BODY_SECONDS)
    ) as running:
        until_ready(running)
        yield running
        assert memory_peak(running.process.pid) < MEMORY_LIMIT_BYTES
    assert MARKER not in log.read_text()


@pytest.fixture(scope="module")
def query(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Query]:
    with serving(
        engines, tmp_path_factory.mktemp("query"), ECG_CORS_ORIGINS=ORIGIN, ECG_WAIT_SECONDS="1"
    ) as running:
        yield running
        assert memory_peak(running.process.pid) < MEMORY_LIMIT_BYTES
    assert MARKER not in running.log.read_text()


def memory_peak(pid: int) -> int:
    """The most memory that a process has taken, in bytes; what it takes now where that is not told."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return int(psutil.Process(pid).memory_info().rss)
    peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
    return int(peak.split()[1]) * 1024


@pytest.fixture(scope="module")
def uploading_as(ingest: Ingest) -> dict[str, dict[str, str]]:
    tokens = {
        "client": ingest.signer.token(),
        "admin": ingest.signer.token(role="admin"),
        "expired": ingest.signer.token(life=-120),
        "stranger": Signer().token(),
    }
    return {who: {"Authorization": f"Bearer {token}"} for who, token in tokens.items()} | STRANGERS


STRANGERS: dict[str, dict[str, str]] = {
    "nobody": {},
    "junk": {"Authorization": f"Bearer {MARKER}"},
    "basic": {"Authorization": "Basic bm9ib2R5LW1heS1yZWFkLXRoaXM6YQ=="},
}


@pytest.fixture(scope="module")
def asking(query: Query, engines: Engines) -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    """The headers of everybody who asks, and what the names in paths stand for."""
    client, other, admin = query.new_user(), query.new_user(), query.admin()
    # Registered by this run or by another on the same engines.
    assert query.register(TAKEN, admin).status_code in {201, 409}
    dates = [parse_rfc3339(f"2026-0{month}-01T00:00:00Z") for month in (3, 4)]
    with cassandra(engines) as cluster:
        for user in (client, other):
            rows = Rows(cluster, engines, user)
            for number, date in enumerate(dates):
                rows.listed(f"of-{user.id}-{number}", date)
                rows.computed(f"of-{user.id}-{number}", date=date)

    def cursor(path: str, headers: dict[str, str]) -> str:
        following: str = query.http.get(query.url + path, headers=headers).json()["next"]
        return parse_qs(urlsplit(following).query)["cursor"][0]

    filtered = "/v1/ecgs?limit=1&from=2026-01-01T00:00:00Z"
    mine = cursor(filtered, client.headers)
    made = {
        "mine": mine,
        "theirs": cursor(filtered, other.headers),
        "tampered": ("A" if mine[0] != "A" else "B") + mine[1:],
        "users": cursor("/v1/users?limit=1", admin.headers),
        "ecg_of_another": f"of-{other.id}-0",
        "elsewhere": encode_receipt(Receipt("cluster/ecg.insights.v1", 0, 0, "ab" * 32)),
    }
    people = {"stranger": Signer().token(), "expired": expired_token(engines, UUID(client.id))}
    headers = {who: {"Authorization": f"Bearer {token}"} for who, token in people.items()}
    return STRANGERS | headers | {"client": client.headers, "admin": admin.headers}, made


def expired_token(engines: Engines, user_id: UUID) -> str:
    """A token as a query API on these engines gave it an hour ago."""
    keys = signing.load_keys(engines.keys)
    signer = signing.Signer(lambda: keys, issuer=DEFAULT_ISSUER, audience=DEFAULT_AUDIENCE, minutes=-60)
    return signer.sign(user_id, "client", SCOPES["client"]).token


@pytest.mark.parametrize("case", UPLOADS + ARROW_UPLOADS + FILES, ids=lambda case: case.name)
def test_a_bad_upload(ingest: Ingest, uploading_as: dict[str, dict[str, str]], case: Case) -> None:
    for content in case.contents:
        check(case, content, ask(ingest.http, ingest.url, case, content, uploading_as[case.who]))


@pytest.mark.parametrize(
    "case", QUERIES + SIGNING_IN, ids=lambda case: case.path.split("?")[0] + " " + case.name
)
def test_a_bad_question(
    query: Query, asking: tuple[dict[str, dict[str, str]], dict[str, str]], case: Case
) -> None:
    people, made = asking
    for content in case.contents:
        check(case, content, ask(query.http, query.url, case, content, people[case.who], made))


@pytest.mark.parametrize("api", ["ingest", "query"])
@pytest.mark.parametrize("case", NO_REQUEST, ids=lambda case: case.name)
def test_what_is_no_request(request: pytest.FixtureRequest, api: str, case: Case) -> None:
    service: Ingest | Query = request.getfixturevalue(api)
    for content in case.contents:
        assert isinstance(content, bytes)
        answer = exchanged(service.url, content)
        check(case, content, answer)
        assert answer.headers["connection"] == "close"


def ask(
    client: httpx.Client,
    url: str,
    case: Case,
    content: Content,
    who: dict[str, str],
    made: dict[str, str] | None = None,
) -> httpx.Response:
    """Send the case as it is, and see that the answer does not keep one waiting."""
    path = case.path
    for name, value in (made or {}).items():
        path = path.replace(f"{{{name}}}", value)
    headers = who | dict(case.headers)
    if case.raw:
        assert isinstance(content, bytes)
        began = time.monotonic()
        answer = raw(url, case.method, path, headers, content)
    else:
        # Made before it is sent: the service does not wait for those who dawdle.
        body = iter(list(content())) if callable(content) else content
        began = time.monotonic()
        answer = client.request(case.method, url + path, headers=headers, content=body)
    assert time.monotonic() - began < ANSWER_LIMIT_SECONDS
    return answer


def raw(url: str, method: str, path: str, headers: dict[str, str], content: bytes) -> httpx.Response:
    """The answer to just these bytes."""
    head = [
        f"{method} {path} HTTP/1.1",
        f"Host: {urlsplit(url).netloc}",
        *(f"{k}: {v}" for k, v in headers.items()),
    ]
    return exchanged(url, "\r\n".join([*head, "", ""]).encode() + content)


def exchanged(url: str, sent: bytes) -> httpx.Response:
    """The answer to these bytes."""
    address = urlsplit(url)
    with socket.create_connection(
        (address.hostname, address.port), timeout=ANSWER_LIMIT_SECONDS
    ) as connection:
        connection.sendall(sent)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        return httpx.Response(answer.status, headers=answer.getheaders(), content=answer.read())


def check(case: Case, content: Content, answer: httpx.Response) -> None:
    assert answer.status_code == case.status, answer.text
    assert answer.headers["x-request-id"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert MARKER not in answer.text + str(answer.headers)
    if not case.problem:
        return
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["type"] == f"urn:ecg:problem:{case.problem}"
    assert (told["status"], told["title"]) == (case.status, TITLES[told["type"]])
    if case.offset is not None:
        assert told["offset"] == (
            len(content) if case.offset == -1 and isinstance(content, bytes) else case.offset
        )
    if case.pointer is not None:
        assert case.pointer in [error.get("pointer") for error in told["errors"]], told
    if case.parameter is not None:
        assert told["errors"][0]["parameter"] == case.parameter


def test_many_errors_are_counted_and_the_first_are_listed(ingest: Ingest) -> None:
    told = ingest.post({"leads": [{"name": "I", "signal": ["a"] * 1000}]}).json()
    assert told["total_errors"] == 1000
    assert [error["pointer"] for error in told["errors"]] == [f"/leads/0/signal/{n}" for n in range(20)]


@pytest.mark.parametrize("api", ["ingest", "query"])
def test_head_is_get_without_a_body(request: pytest.FixtureRequest, api: str) -> None:
    service: Ingest | Query = request.getfixturevalue(api)
    for path in ("/healthz", "/docs"):
        head, get = (ask_for(service, method, path) for method in ("HEAD", "GET"))
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == str(len(get.content))
        assert head.headers["x-content-type-options"] == "nosniff"
    assert ask_for(service, "HEAD", "/v1/none").status_code == 404


def ask_for(service: Ingest | Query, method: str, path: str) -> httpx.Response:
    return service.http.request(method, service.url + path)


@pytest.mark.parametrize("api", ["ingest", "query"])
def test_a_page_of_a_strange_origin_is_told_why(request: pytest.FixtureRequest, api: str) -> None:
    service: Ingest | Query = request.getfixturevalue(api)

    method = "POST" if api == "ingest" else "GET"
    answers = [
        service.http.options(
            f"{service.url}/v1/ecgs", headers={"Origin": origin, "Access-Control-Request-Method": asked}
        )
        for origin, asked in ((ORIGIN, method), (ORIGIN, "TRACE"), ("https://else.example", method))
    ]
    assert [answer.status_code for answer in answers] == [200, 403, 403]
    assert {answer.headers["x-content-type-options"] for answer in answers} == {"nosniff"}
    for refused in answers[1:]:
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.headers["x-request-id"]
