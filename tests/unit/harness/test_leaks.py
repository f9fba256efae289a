"""What was used is found in logs and in problems, wherever it stands, and nothing else is."""

from pathlib import Path

import httpx
import pytest

from harness import leaks

TOKEN, EMAIL = "eyJhbGciOiJ.eyJzdWIi.c2lnbmF0dXJl-_x", "ann+1@leaks.example"


@pytest.fixture(autouse=True)
def used(monkeypatch: pytest.MonkeyPatch) -> None:
    """In these tests alone: their own logs would be found by the search at the end of all."""
    monkeypatch.setattr(leaks, "_used", set())
    leaks.note(TOKEN, EMAIL, "")


@pytest.mark.parametrize(
    "line", ['{"m":"%s"}', "token=%s.", "Bearer %s\\n", "/v1/x/%s?y", "(%s)", "%s,", "'%s'"]
)
def test_it_is_found_wherever_it_stands(line: str, tmp_path: Path) -> None:
    for number, secret in enumerate((TOKEN, EMAIL)):
        log = tmp_path / "run" / f"{number}.log"
        log.parent.mkdir(exist_ok=True)
        log.write_text("nothing here\n" + line % secret + "\nnor here\n")
    assert [found.rpartition("/")[2] for found in leaks.in_logs(tmp_path)] == ["0.log:2", "1.log:2"]


def test_it_is_found_in_what_the_audit_trail_keeps_on_disk(tmp_path: Path) -> None:
    block = tmp_path / "query" / "audit" / "chain" / "000000000000.open"
    block.parent.mkdir(parents=True)
    block.write_text('{"entries":[\n{"entities":["user/' + EMAIL + '"]}')
    assert [found.rpartition("/")[2] for found in leaks.in_logs(tmp_path)] == ["000000000000.open:2"]


def test_data_and_terminals_are_no_logs(tmp_path: Path) -> None:
    for name in ("kafka/data/topic-0/0000.log", "said.log"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(TOKEN)
    assert not list(leaks.in_logs(tmp_path))


def test_a_problem_that_repeats_it_fails_the_request() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        kind = request.url.path.strip("/")
        return httpx.Response(422, content=EMAIL, headers={"content-type": f"application/{kind}"})

    with leaks.client(1, "http://here") as client:
        client._transport = httpx.MockTransport(answer)
        assert client.get("/json").text == EMAIL
        with pytest.raises(AssertionError, match="the problem of 422"):
            client.get("/problem+json")
