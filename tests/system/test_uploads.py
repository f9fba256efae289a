"""Uploads over real HTTP: what is promised for good ones, and what bad ones are told."""

import json
import socket
import time
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import httpx
import numpy as np
import pyarrow as pa
import pytest
from aiokafka import ConsumerRecord

from ecg_client import EcgClient, TooLargeError
from harness.ingesting import Ingest, Signer, ingesting, until_ready
from harness.recordings import mitdb_100
from harness.running import Engines, until
from harness.topics import read_topic, topic_id_of
from schemas.arrow import CONTENT_TYPE as ARROW
from schemas.arrow import encode_leads
from schemas.ecg import Lead
from schemas.receipts import decode_receipt
from schemas.topics import MAX_EVENT_BYTES, UPLOADED
from schemas.uploaded import Uploaded, decode_uploaded
from service_kit.engines.kafka.publisher import partition_of

MARKER = "nobody-may-read-this"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
BODY_SECONDS = 3
ECG = {"id": "ecg-17", "leads": [{"name": "I", "signal": [12, -3]}]}


@pytest.fixture(scope="module")
def ingest(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ingest]:
    signer = Signer(engines.keys)
    signer.announce(engines.kafka)
    log = tmp_path_factory.mktemp("ingest") / "ingest.log"
    with ingesting(
        engines.kafka,
        signer,
        log,
        ECG_CORS_ORIGINS="https://app.example",
        ECG_BODY_SECONDS=str(BODY_SECONDS),
    ) as running:
        until_ready(running)
        yield running
    assert MARKER not in log.read_text()


def events(engines: Engines, owner: UUID) -> list[tuple[ConsumerRecord, Uploaded]]:
    """The upload events of an owner, in the order of each partition."""
    records = read_topic(
        engines.kafka, UPLOADED.name, lambda record: record.key.startswith(str(owner).encode())
    )
    return [(record, decode_uploaded(record.value, record.headers)) for record in records]


def is_problem(answer: httpx.Response, status: int, name: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == f"urn:ecg:problem:{name}"
    assert answer.headers["x-request-id"]
    assert MARKER not in answer.text + str(answer.headers)


def test_what_an_upload_may_be_is_told_to_whoever_may_send_one(ingest: Ingest) -> None:
    def ask(token: str, path: str = "/v1/limits") -> httpx.Response:
        return ingest.http.get(ingest.url + path, headers={"Authorization": f"Bearer {token}"})

    told = ask(ingest.signer.token())
    assert told.status_code == 200
    assert (told.json()["body_bytes"], told.json()["samples_per_lead"]) == (33_554_432, 4_000_000)
    is_problem(ask("expired"), 401, "unauthenticated")
    is_problem(ask(ingest.signer.token(role="admin")), 403, "forbidden")
    is_problem(ask(ingest.signer.token(), "/v1/limits?of=leads"), 422, "invalid")


def test_our_client_sends_no_body_that_is_too_large(ingest: Ingest) -> None:
    sent: list[tuple[int, int]] = []
    with EcgClient(ingest.url, token=ingest.signer.token()) as client:
        with pytest.raises(TooLargeError, match="nothing was sent"):
            client.upload(b" " * (33_554_432 + 1), sent=lambda count, total: sent.append((count, total)))
        assert sent == []
        large = {"leads": [{"name": "I", "signal": [1, -1] * 300_000}]}
        assert client.upload(large).id.startswith("blake3-")


def test_an_accepted_upload_is_on_its_topic_as_it_was_sent(ingest: Ingest, engines: Engines) -> None:
    owner = uuid4()
    before = time.time_ns() // 1000
    answer = ingest.post(
        {
            "id": "ecg-17",
            "date": "2026-01-02T03:04:05+01:00",
            "sampling_frequency": 500,
            "baseline": 7,
            "leads": [
                {"name": "I", "number_of_samples": 3, "signal": [12, -3, 70_000], "units": "mV"},
                {"name": "II", "signal": [], "baseline": 1024, "adc_gain": 200},
            ],
        },
        token=ingest.signer.token(user_id=owner),
        headers={"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"},
    )

    assert answer.status_code == 202, answer.text
    told = answer.json()
    assert told["id"] == "ecg-17"
    assert told["status"] == "accepted"
    assert told["links"]["status"] == "http://query.example/v1/ecgs/ecg-17/status"
    ((record, event),) = events(engines, owner)
    origin = event.provenance
    assert (origin.owner_id, origin.ecg_id) == (owner, "ecg-17")
    assert origin.content_hash == told["content_hash"]
    assert before <= origin.accepted_at <= time.time_ns() // 1000
    assert (origin.date, origin.date_source) == (1_767_319_445_000_000, "client")
    assert (origin.sampling_frequency, origin.number_of_samples) == (500.0, 3)
    assert origin.traceparent is not None
    assert TRACE in origin.traceparent
    first, second = event.leads
    assert first.signal.tolist() == [12, -3, 70_000]
    assert (first.name, first.units, first.baseline, first.adc_gain) == ("I", "mV", 7, None)
    assert (second.signal.tolist(), second.baseline, second.adc_gain) == ([], 1024, 200.0)
    location = urlsplit(answer.headers["location"])
    assert f"{location.scheme}://{location.netloc}{location.path}" == told["links"]["insights"]
    receipt = decode_receipt(parse_qs(location.query)["receipt"][0])
    assert (receipt.partition, receipt.offset) == (record.partition, record.offset)
    assert receipt.topic_id == topic_id_of(engines.kafka, UPLOADED.name)
    assert record.partition == partition_of(f"{owner}/ecg-17".encode(), UPLOADED.partitions)


def test_a_long_recording_becomes_segments_of_at_most_a_mebibyte(ingest: Ingest, engines: Engines) -> None:
    owner = uuid4()
    recording = mitdb_100()
    answer = ingest.post(recording.upload(), token=ingest.signer.token(user_id=owner))
    assert answer.status_code == 202, answer.text
    found = events(engines, owner)
    assert [event.provenance.segment for _, event in found] == [0, 1, 2]
    assert {event.provenance.segments for _, event in found} == {3}
    assert all(len(record.value) < MAX_EVENT_BYTES for record, _ in found)
    for index, (name, signal) in enumerate(recording.signals.items()):
        assert {event.leads[index].name for _, event in found} == {name}
        joined = np.concatenate([event.leads[index].signal for _, event in found])
        assert joined.tolist() == list(signal)
    receipt = decode_receipt(parse_qs(urlsplit(answer.headers["location"]).query)["receipt"][0])
    assert receipt.offset == found[-1][0].offset


def test_without_an_id_the_key_names_the_ecg_and_else_the_content(ingest: Ingest) -> None:
    token = ingest.signer.token()
    body = {"leads": ECG["leads"]}
    keyed = [
        ingest.post(body, token=token, headers={"Idempotency-Key": key}).json()["id"]
        for key in ("upload 1", '"upload 1"', "upload 2")
    ]
    assert keyed[0] == keyed[1] != keyed[2]
    first, again = (ingest.post(body, token=token).json() for _ in range(2))
    assert first["id"] == again["id"] == f"blake3-{first['content_hash'][:32]}"
    assert first["accepted_at"] < again["accepted_at"]


@pytest.mark.parametrize(
    ("content", "status", "name"),
    [
        (b'{"leads":[{"name":"nobody-may-read-this","signal":[1.5]}]}', 422, "invalid"),
        (b'{"leads":[{"name":"nobody-may-read-this","signal":["3"]}]}', 422, "invalid"),
        (b'{"leads":[{"name":"nobody-may-read-this","signal":[true]}]}', 422, "invalid"),
        (b'{"leads":[{"name":"nobody-may-read-this","signal":[NaN]}]}', 400, "malformed"),
        (b'{"leads":[{"name":"nobody-may-read-this","signal":[1,', 400, "malformed"),
        (b'{"nobody-may-read-this":"nobody-may-read-this"}', 422, "invalid"),
        (b"[" * 100_000, 400, "malformed"),
        (b"", 400, "malformed"),
    ],
)
def test_a_bad_body_is_told_so_and_never_repeated(
    ingest: Ingest, content: bytes, status: int, name: str
) -> None:
    is_problem(ingest.post(content=content), status, name)


def test_who_may_not_upload_is_told_before_the_body_is_read(ingest: Ingest) -> None:
    wrong = Signer()
    is_problem(ingest.post(ECG, token="nobody-may-read-this"), 401, "unauthenticated")
    is_problem(ingest.post(ECG, token=wrong.token()), 401, "unauthenticated")
    is_problem(ingest.post(ECG, token=ingest.signer.token(life=-120)), 401, "unauthenticated")
    is_problem(ingest.post(ECG, token=ingest.signer.token(role="admin")), 403, "forbidden")
    is_problem(ingest.post(content=b"x" * 1_000_000, token=wrong.token()), 401, "unauthenticated")


def test_keys_are_followed_while_it_runs(ingest: Ingest, engines: Engines) -> None:
    newer = Signer(engines.keys)
    assert ingest.post(ECG, token=newer.token()).status_code == 401
    newer.announce(engines.kafka)
    until(lambda: ingest.post(ECG, token=newer.token()).status_code == 202, "the new key", 10)
    newer.withdraw(engines.kafka)
    until(lambda: ingest.post(ECG, token=newer.token()).status_code == 401, "its end", 10)


def test_a_content_type_that_is_not_spoken_is_refused(ingest: Ingest) -> None:
    refused = ingest.post(content=b"{}", headers={"Content-Type": "text/plain"})
    is_problem(refused, 415, "unsupported-media-type")
    assert refused.json()["detail"].startswith(
        f"send Content-Type: application/json, {ARROW}, application/dicom"
    )
    for headers in (
        {"Content-Type": f"{ARROW}; charset=utf-8"},
        {"Content-Encoding": "br"},
        {"Content-Type": "application/json; charset=latin-1"},
    ):
        is_problem(ingest.post(content=b"{}", headers=headers), 415, "unsupported-media-type")


def test_too_large_a_body_is_refused_announced_or_not(ingest: Ingest) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(40):
            yield b" " * 1_048_576

    is_problem(ingest.post(content=b" " * 34_000_000), 413, "too-large")
    is_problem(ingest.post(content=endless()), 413, "too-large")


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_a_compressed_body_is_the_same_ecg(ingest: Ingest, encoding: str) -> None:
    token = ingest.signer.token()
    plain = ingest.post(ECG, token=token).json()
    compressed = pa.compress(json.dumps(ECG).encode(), codec=encoding, asbytes=True)
    answer = ingest.post(content=compressed, token=token, headers={"Content-Encoding": encoding})
    assert answer.status_code == 202, answer.text
    assert answer.json()["content_hash"] == plain["content_hash"]


@pytest.mark.parametrize("encoding", ["identity", "gzip", "zstd"])
def test_the_same_recording_as_arrow_is_the_same_ecg_and_the_same_event(
    ingest: Ingest, engines: Engines, encoding: str
) -> None:
    owner = uuid4()
    token = ingest.signer.token(user_id=owner)
    told = {"date": "2026-01-02T03:04:05+01:00", "sampling_frequency": "500"}
    sent = {
        "date": told["date"],
        "sampling_frequency": 500,
        "leads": [
            {"name": "I", "signal": [12, -3, 300], "units": "mV", "adc_gain": 200},
            {"name": "II", "signal": [], "baseline": 1024},
        ],
    }
    # As int32, which the samples do not need.
    leads = (
        Lead("I", np.array([12, -3, 300], np.int32), 200.0, None, "mV"),
        Lead("II", np.array([], np.int32), None, 1024),
    )
    stream = encode_leads(leads, told)
    content = stream if encoding == "identity" else pa.compress(stream, codec=encoding, asbytes=True)

    as_json = ingest.post(sent, token=token)
    as_arrow = ingest.post(
        content=content,
        token=token,
        headers={"Content-Type": ARROW, "Content-Encoding": encoding},
    )

    assert (as_json.status_code, as_arrow.status_code) == (202, 202), as_arrow.text
    for member in ("id", "content_hash"):
        assert as_json.json()[member] == as_arrow.json()[member]
    (first, of_json), (second, of_arrow) = events(engines, owner)
    assert first.value == second.value
    assert of_json.provenance.date == of_arrow.provenance.date == 1_767_319_445_000_000
    assert of_json.provenance.sampling_frequency == of_arrow.provenance.sampling_frequency == 500


def test_a_long_recording_as_arrow_becomes_the_same_segments(ingest: Ingest, engines: Engines) -> None:
    owner = uuid4()
    token = ingest.signer.token(user_id=owner)
    samples = np.random.default_rng(1).integers(-300, 300, 650_000).astype(np.int16)
    leads = [Lead("I", samples), Lead("II", samples[:600_000])]
    as_arrow = ingest.post(content=encode_leads(leads), token=token, headers={"Content-Type": ARROW})
    json_leads = [{"name": lead.name, "signal": lead.signal.tolist()} for lead in leads]
    as_json = ingest.post({"leads": json_leads}, token=token)
    assert as_arrow.json()["content_hash"] == as_json.json()["content_hash"]
    values = [record.value for record, _ in events(engines, owner)]
    assert len(values) == 6
    assert values[:3] == values[3:]


def test_a_body_that_dawdles_is_cut_off(ingest: Ingest) -> None:
    def slowly() -> Iterator[bytes]:
        yield b'{"leads":['
        time.sleep(BODY_SECONDS + 1)
        yield b"]}"

    answer = ingest.post(content=slowly())
    is_problem(answer, 408, "body-timeout")
    assert answer.headers["connection"] == "close"


def test_a_body_shorter_than_announced_costs_no_more_than_a_dawdler(ingest: Ingest) -> None:
    host, port = ingest.url.removeprefix("http://").split(":")
    request = (
        f"POST /v1/ecgs HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {ingest.signer.token()}\r\n"
        "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{}"
    )
    with socket.create_connection((host, int(port)), timeout=BODY_SECONDS + 5) as connection:
        connection.sendall(request.encode())
        answer = b""
        while received := connection.recv(65_536):
            answer += received
    assert answer.startswith(b"HTTP/1.1 408 ")


def test_an_absurd_idempotency_key_is_a_broken_rule(ingest: Ingest) -> None:
    answer = ingest.post({"leads": ECG["leads"]}, headers={"Idempotency-Key": "k" * 256})
    is_problem(answer, 422, "invalid")
    assert answer.json()["errors"][0]["parameter"] == "Idempotency-Key"


def test_a_browser_may_ask_without_a_token_and_sees_errors(ingest: Ingest) -> None:
    origin = {"Origin": "https://app.example"}
    asks = origin | {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    preflight = ingest.http.options(f"{ingest.url}/v1/ecgs", headers=asks)
    assert preflight.status_code == 200, preflight.text
    answer = ingest.post(ECG, token="bad", headers=origin)
    assert answer.status_code == 401
    assert answer.headers["access-control-allow-origin"] == "https://app.example"
    stranger = ingest.post(ECG, headers={"Origin": "https://else.example"})
    assert "access-control-allow-origin" not in stranger.headers


def test_it_counts_what_it_accepted(ingest: Ingest) -> None:
    def count(name: str) -> float:
        lines = ingest.http.get(f"{ingest.url}/metrics").text.splitlines()
        return next(float(line.split()[1]) for line in lines if line.startswith(f"{name} "))

    before = count("ecg_ingest_ecgs_total")
    assert ingest.post(ECG).status_code == 202
    assert count("ecg_ingest_ecgs_total") == before + 1
