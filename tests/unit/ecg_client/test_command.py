"""The `ecg` command as a person or a script runs it, against a server with a script."""

import json
import re
import stat
import time
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from ecg_client import EcgClient, going_on, token_file
from ecg_client.command import ecg
from ecg_client.token_file import Kept
from tests.unit.ecg_client.scripted import Reply, Scripted, problem, says
from tests.unit.ecg_client.test_clients import (
    ACCEPTED,
    COMPUTED,
    DEVICE,
    KEPT,
    LOCATION,
    PENDING,
    USER,
    granted,
)

SIGNED_IN = granted(0)
ENDED = problem(401, title="A valid access token is needed", detail="the token has expired")
ITEM = {
    "id": "ecg-17",
    "date": "2026-11-23T08:30:00Z",
    "date_source": "client",
    "accepted_at": "2026-11-23T08:30:01Z",
    "leads": 2,
    "number_of_samples": 12_000,
    "sampling_frequency": 500,
    "status": "computed",
}

LISTED = says(200, {"items": [USER], "next": None})
STATUS: dict[str, object] = {
    "id": "key-1",
    "date": None,
    "accepted_at": None,
    "status": "computed",
    "reason": None,
    "content_hash": "ab",
    "conflicts": [],
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's configuration folder, and an environment without any of ours."""
    for name in ("ECG_TOKEN", "ECG_EMAIL", "ECG_PASSWORD", "ECG_INGEST", "ECG_QUERY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(click, "get_app_dir", lambda name: str(tmp_path / "config" / name))
    return tmp_path


@pytest.fixture
def file(folder: Path) -> Path:
    """A file that can be sent."""
    path = folder / "one.json"
    path.write_text('{"leads": [{"name": "II", "signal": [4711, -4711]}]}')
    return path


def run(
    server: Scripted, *arguments: str, token: str | None = "secret-token", typed: str | None = None
) -> Result:
    environment = {
        "ECG_INGEST": server.url,
        "ECG_QUERY": server.url + "/",
        "ECG_RETRY_SECONDS": "0",
        "ECG_TOKEN": token,
    }
    return CliRunner().invoke(
        ecg, arguments, env=environment, input=typed, prog_name="ecg", catch_exceptions=False
    )


def test_a_sign_in_goes_on_when_its_token_ends(server: Scripted, folder: Path) -> None:
    server.play(SIGNED_IN, LISTED)

    signed_in = run(server, "login", token=None, typed="ann@example.com\npass word\n")
    listed = run(server, "users", token=None)

    assert (signed_in.exit_code, listed.exit_code) == (0, 0)
    assert "Signed in as ann@example.com. " in signed_in.stdout
    for secret in ("pass word", "token-0", "refresh-0"):
        assert secret not in signed_in.output
    assert server.received[0].body == b"username=ann%40example.com&password=pass+word"
    assert server.received[1].headers["authorization"] == "Bearer token-0"
    assert stat.S_IMODE(token_file.path().stat().st_mode) == 0o600

    for number in (1, 2):
        server.play(ENDED, granted(number), LISTED)
        assert run(server, "users", token=None).exit_code == 0
        _, traded, asked = server.received
        assert traded.body == f"grant_type=refresh_token&refresh_token=refresh-{number - 1}".encode()
        assert asked.headers["authorization"] == f"Bearer token-{number}"
        assert stat.S_IMODE(token_file.path().stat().st_mode) == 0o600
    assert {path.name for path in token_file.path().parent.iterdir()} == {"token.json", "token.lock"}


def test_a_session_that_has_ended_is_a_sentence(server: Scripted, folder: Path) -> None:
    token_file.write(Kept(server.url, server.url, "ann@example.com", 0, "token-0", "refresh-0"))
    server.play(ENDED, problem(401, detail="the session has ended: sign in again"))
    asked = run(server, "users", token=None)
    assert (asked.exit_code, asked.stderr) == (77, "the session has ended: sign in again: run `ecg login`.\n")

    # As a sign-in was kept before there were refresh tokens.
    token_file.write(Kept(server.url, server.url, "ann@example.com", time.time() - 1, "secret-token"))
    over = run(server, "users", token=None)
    assert (over.exit_code, over.stderr) == (77, "The sign-in of ann@example.com is over: run `ecg login`.\n")


def test_who_was_quicker_has_kept_what_others_go_on_with(server: Scripted, folder: Path) -> None:
    kept = Kept(server.url, server.url, "ann@example.com", time.time() + 99, "token-1", "refresh-1")
    token_file.write(kept)
    with EcgClient(server.url, server.url) as client:
        assert going_on.go_on(client, server.url, server.url, "token-0") == kept
    assert server.received == []


def test_what_cannot_be_kept_is_not_traded(
    server: Scripted, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token_file.write(Kept(server.url, server.url, "ann@example.com", 0, "token-0", "refresh-0"))
    # As a folder that may not be written, which nobody is kept from who is root.
    token_file.path().with_suffix(".lock").mkdir()
    server.play(ENDED)
    asked = run(server, "users", token=None)
    assert asked.exit_code == 1
    assert asked.stderr.startswith(f"The sign-in cannot be kept in {token_file.path()}: ")
    assert len(server.received) == 1


def test_who_signs_out_has_nothing_left(server: Scripted, folder: Path) -> None:
    server.play(SIGNED_IN, Reply(204))
    run(server, "login", token=None, typed="ann@example.com\npass word\n")
    out = run(server, "logout", token=None)
    assert (out.exit_code, out.stdout) == (0, "Signed out as ann@example.com.\n")
    assert (server.received[1].path, server.received[1].body) == ("/v1/revoke", b"token=refresh-0")
    assert not token_file.path().exists()

    again = run(server, "logout", token=None)
    assert (again.exit_code, again.stdout) == (0, f"Nobody is signed in at {server.url}.\n")


def test_who_cannot_sign_out_now_can_do_so_later(server: Scripted, folder: Path) -> None:
    server.play(SIGNED_IN, problem(503))
    run(server, "login", token=None, typed="ann@example.com\npass word\n")
    assert run(server, "logout", token=None).exit_code == 75
    assert token_file.path().exists()


def test_a_token_is_given_to_the_address_it_was_got_for_only(server: Scripted, folder: Path) -> None:
    token_file.write(
        Kept(server.url, "http://elsewhere", "ann@example.com", time.time() + 99, "secret-token")
    )
    asked = run(server, "users", token=None)
    assert (asked.exit_code, server.received) == (77, [])
    assert asked.stderr == f"You are not signed in at {server.url}: run `ecg login`.\n"


def test_a_file_that_keeps_no_sign_in_is_none(folder: Path) -> None:
    token_file.path().parent.mkdir(parents=True)
    for content in ("", "{}", "[]"):
        token_file.path().write_text(content)
        assert token_file.read("a", "b") is None


def test_a_wrong_password_is_a_sentence(server: Scripted, folder: Path) -> None:
    server.play(problem(401, title="A valid access token is needed"))
    tried = run(server, "login", "--email", "ann@example.com", token=None, typed="wrong\n")
    assert tried.exit_code == 77
    assert tried.stderr.endswith("No active user has this e-mail address and password.\n")


def test_files_are_sent_one_after_the_other_and_bad_ones_are_told(server: Scripted, file: Path) -> None:
    other = file.with_name("two.csv")
    other.write_text("I,II")
    server.play(
        problem(422, title="bad", errors=[{"pointer": "/leads/0/signal/1", "detail": "odd"}], total_errors=3),
        KEPT,
    )

    sent = run(server, "upload", str(file), str(other), str(file))

    assert sent.exit_code == 1
    assert sent.stdout == f"{file}  accepted as key-1\n"
    assert sent.stderr.splitlines() == [
        f"{file}: 422 bad.",
        "  /leads/0/signal/1: odd",
        "  and 2 more",
        f"{other}: the file is none that is read here: JSON, an Arrow stream, DICOM, EDF, WFDB, WFDB as a form.",
    ]
    assert "4711" not in sent.output
    # Nothing is invented that would make another ECG of the same file.
    assert len({got.body for got in server.received}) == 1
    assert all("idempotency-key" not in got.headers for got in server.received)


def test_that_it_is_tried_again_is_said_once(server: Scripted, file: Path) -> None:
    server.play(Reply(429), Reply(429), KEPT)
    sent = run(server, "--retry-seconds", "9", "upload", str(file))
    assert (sent.exit_code, sent.stderr) == (0, "429 Too Many Requests; trying for 9 s.\n")


def test_when_the_system_is_away_the_other_files_wait(server: Scripted, file: Path) -> None:
    server.play(problem(503, title="The service cannot do this now"))
    sent = run(server, "upload", str(file), str(file))
    assert sent.exit_code == 75
    assert "try again later" in sent.stderr
    assert len(server.received) == 1


def test_an_upload_may_wait_for_its_insights(server: Scripted, file: Path) -> None:
    server.play(KEPT, says(200, COMPUTED))
    sent = run(server, "upload", str(file), "--id", "mine", "--wait", "5", "--json")
    accepted, found = (json.loads(line) for line in sent.stdout.splitlines())
    assert (accepted["id"], accepted["receipt"], found["status"]) == ("key-1", "abc", "computed")
    assert json.loads(server.received[0].body)["id"] == "mine"


def test_that_another_content_is_the_answer_is_told_at_once(server: Scripted, file: Path) -> None:
    server.play(says(202, {**ACCEPTED, "conflict": {"content_hash": "cd"}}, location=LOCATION), KEPT)
    sent = run(server, "upload", str(file), str(file), "--json")
    assert sent.exit_code == 3
    assert [json.loads(line)["conflict"] for line in sent.stdout.splitlines()] == ["cd", None]
    assert sent.stderr == (
        f"{file}: kept, but another content was accepted under that id before it and is the answer.\n"
    )


@pytest.mark.parametrize(
    ("became", "code", "said"),
    [
        ({"status": "computed"}, 0, ""),
        (
            {"status": "conflict"},
            3,
            "{file}: kept, but another content was accepted under that id before it and is the answer.\n",
        ),
        (
            {"status": "rejected", "reason": "odd\x1b[2J"},
            1,
            "key-1 was rejected: odd?[2J, and another content is the answer.\n",
        ),
        (
            {"status": "rejected", "reason": "lost"},
            75,
            "key-1 was rejected: lost, and another content is the answer; send it again.\n",
        ),
    ],
)
def test_whoever_waits_hears_what_became_of_this_very_upload(
    server: Scripted, file: Path, became: dict[str, object], code: int, said: str
) -> None:
    server.play(KEPT, says(200, {**COMPUTED, "upload": became | {"content_hash": "ab"}}))
    sent = run(server, "upload", str(file), "--wait", "5")
    assert (sent.exit_code, sent.stderr) == (code, said.format(file=file))
    assert "zero_crossings" in sent.stdout


def test_what_expired_unread_is_to_be_sent_again(server: Scripted, file: Path) -> None:
    became = {"content_hash": "ab", "status": "rejected", "reason": "expired"}
    server.play(KEPT, says(200, {**PENDING, "status": "rejected", "upload": became}))
    sent = run(server, "upload", str(file), "--wait", "5")
    assert (sent.exit_code, sent.stderr) == (75, "key-1 was rejected: expired; send it again.\n")


def test_of_several_files_the_gravest_is_told(server: Scripted, file: Path) -> None:
    conflict = says(202, {**ACCEPTED, "conflict": {"content_hash": "cd"}}, location=LOCATION)
    server.play(problem(422, title="bad"), conflict)
    assert run(server, "upload", str(file), str(file)).exit_code == 1


def test_conflicts_are_shown_beside_the_insights_and_in_the_list(server: Scripted, folder: Path) -> None:
    other = {"content_hash": "cd" * 32, "accepted_at": "2026-11-23T08:31:00Z"}
    server.play(
        says(200, {**COMPUTED, "conflicts": [other]}),
        says(200, {"items": [{**ITEM, "conflicts": [other, other]}, ITEM], "next": None}),
    )
    shown, listed = run(server, "insights", "key-1"), run(server, "insights")
    assert shown.exit_code == 0
    assert "not the answer: other contents under the same id" in shown.stdout
    assert re.search(rf"^{'cd' * 32} +2026-11-23 08:31:00Z *$", shown.stdout, re.MULTILINE)
    assert re.search(r"^ecg-17 .* 12,000 +2 *$", listed.stdout, re.MULTILINE)
    assert re.search(r"^ecg-17 .* 12,000 *$", listed.stdout, re.MULTILINE)


def test_a_date_that_cannot_be_right_is_marked(server: Scripted, folder: Path) -> None:
    server.play(
        says(200, {**COMPUTED, "date_source": "doubtful"}),
        says(200, {"items": [{**ITEM, "date_source": "doubtful"}], "next": None}),
    )
    assert "2026-11-23 08:30:00Z (doubtful)" in run(server, "insights", "key-1").stdout
    assert "2026-11-23 08:30:00Z (doubtful)" in run(server, "insights").stdout


def test_standard_input_is_a_file_too(server: Scripted, file: Path) -> None:
    server.play(KEPT)
    sent = run(server, "upload", "-", typed=file.read_text())
    assert (sent.exit_code, sent.stdout) == (0, "-  accepted as key-1\n")
    assert server.received[0].body == file.read_bytes()


def test_one_id_is_for_one_file(server: Scripted, file: Path) -> None:
    assert run(server, "upload", str(file), str(file), "--id", "mine").exit_code == 2


def test_insights_are_a_table(server: Scripted, folder: Path) -> None:
    server.play(says(200, COMPUTED))
    shown = run(server, "insights", "key-1")
    assert shown.exit_code == 0
    assert [line.split() for line in shown.stdout.splitlines() if line.strip()] == [
        ["key-1", "2026-11-23", "08:30:00Z"],
        ["zero_crossings", "version", "1"],
        ["lead", "samples", "baseline", "value", "warnings"],
        ["─" * len(shown.stdout.splitlines()[3].strip(" "))],
        ["II", "2", "0", "1"],
    ]


def test_insights_that_are_not_there_are_told_by_the_exit_code(server: Scripted, folder: Path) -> None:
    rejected = {
        **PENDING,
        "status": "rejected",
        "reason": "odd\x1b[2J",
        "content_hash": "ab",
        "conflicts": [],
    }
    server.play(says(202, PENDING), says(200, rejected), says(200, rejected), problem(404, title="nothing"))
    pending, refused, missing = (run(server, "insights", "key-1") for _ in range(3))
    assert (pending.exit_code, refused.exit_code, missing.exit_code) == (75, 1, 1)
    assert refused.stderr == "key-1 was rejected: odd?[2J.\n"


def test_a_list_says_that_it_goes_on(server: Scripted, folder: Path) -> None:
    server.play(says(200, {"items": [ITEM, ITEM], "next": None}), says(200, {"items": [ITEM], "next": None}))
    cut = run(server, "insights", "--limit", "1")
    whole = run(server, "insights", "--json")
    assert "12,000" in cut.stdout
    assert "There are more than these 1: `--limit` shows them.\n" in cut.stdout
    assert [item["id"] for item in json.loads(whole.stdout)] == ["ecg-17"]


def test_a_new_users_invitation_is_shown(server: Scripted, folder: Path) -> None:
    created = {**USER, "invitation": "once", "invitation_expires_at": "2026-11-26T08:30:00Z"}
    server.play(
        says(201, created), says(201, created), problem(403, detail="this needs the scope users:write")
    )
    shown, as_json, refused = (
        run(server, "users", "add", "ann@example.com", *more) for more in ((), ("--json",), ())
    )
    assert shown.stdout == (
        "Registered ann@example.com. Invitation, shown this once, until 2026-11-26 08:30 UTC: once\n"
    )
    assert json.loads(as_json.stdout)["invitation"] == "once"
    assert (refused.exit_code, refused.stderr) == (77, "this needs the scope users:write.\n")


def test_an_invitation_is_traded_and_shown_nowhere(
    server: Scripted, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECG_INVITATION", "once")
    monkeypatch.setenv("ECG_PASSWORD", "four words of my own")
    server.play(says(200, USER), problem(404, detail="there is no such invitation"))
    traded, again = run(server, "redeem"), run(server, "redeem")
    assert traded.stdout == "ann@example.com has this password now: `ecg login` signs in.\n"
    assert (again.exit_code, again.stderr) == (1, "404 there is no such invitation.\n")
    assert "four words" not in traded.output + again.output
    assert json.loads(server.received[0].body) == {"invitation": "once", "password": "four words of my own"}
    assert "authorization" not in server.received[0].headers


def test_something_else_at_the_address_is_told(server: Scripted, folder: Path) -> None:
    server.play(Reply(404, b"<h1>", {"content-type": "text/html"}))
    asked = run(server, "insights", "key-1")
    assert asked.exit_code == 1
    assert asked.stderr == f"{server.url} answered 404: is it the right address? (ECG_INGEST, ECG_QUERY).\n"


def test_a_token_that_is_none_is_wrong_use(server: Scripted, folder: Path) -> None:
    asked = run(server, "insights", token="secret token")
    assert asked.exit_code == 2
    assert "secret" not in asked.output


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_can_complete(server: Scripted, shell: str) -> None:
    assert "_ECG_COMPLETE" in run(server, "completion", shell).stdout


def test_a_paired_machine_sends_as_a_device_without_signing_in(server: Scripted, file: Path) -> None:
    sent = {**DEVICE, "expires_at": "2099-01-01T00:00:00Z"}
    server.play(says(201, sent))
    paired = run(server, "pair", "K7QM-2XWT", token=None)
    assert paired.exit_code == 0
    assert paired.stdout.startswith("Paired as Holter 3, until 2099-01-01.")
    assert "device-token" not in paired.output
    assert stat.S_IMODE(token_file.path("device").stat().st_mode) == 0o600

    server.play(KEPT, says(200, STATUS))
    uploaded = run(server, "upload", "--wait", "5", str(file), token=None)
    assert (uploaded.exit_code, uploaded.stdout.splitlines()[-1]) == (0, "key-1  computed")
    assert {one.headers["authorization"] for one in server.received} == {"Bearer device-token"}
    assert server.received[1].path == "/v1/ecgs/key-1/status?receipt=abc"

    reads = run(server, "insights", token=None)
    assert (reads.exit_code, reads.stderr) == (
        77,
        f"You are not signed in at {server.url}: run `ecg login`.\n",
    )


@pytest.mark.parametrize(
    ("change", "exit_code"),
    [
        ({"status": "rejected", "reason": "a rule is broken"}, 1),
        ({"upload": {"content_hash": "ab", "status": "rejected", "reason": "expired"}}, 75),
        ({"upload": {"content_hash": "ab", "status": "accepted"}}, 75),
        ({"upload": {"content_hash": "ab", "status": "conflict"}}, 3),
    ],
)
def test_a_device_is_told_what_became_of_what_it_sent(
    server: Scripted, file: Path, change: dict[str, object], exit_code: int
) -> None:
    token_file.write(Kept(server.url, server.url, "Holter 3", time.time() + 99, "device-token"), "device")
    server.play(KEPT, says(200, STATUS | change))
    assert run(server, "upload", "--wait", "0", str(file), token=None).exit_code == exit_code


def test_a_code_that_is_none_is_a_sentence(server: Scripted, folder: Path) -> None:
    server.play(problem(404, title="There is no such thing", detail="there is no such code"))
    tried = run(server, "pair", "K7QM-2XWT", token=None)
    assert (tried.exit_code, token_file.path("device").exists()) == (1, False)
    assert "there is no such code" in tried.stderr


def test_a_machine_whose_device_was_revoked_sends_as_who_is_signed_in(server: Scripted, file: Path) -> None:
    ends = time.time() + 99
    token_file.write(Kept(server.url, server.url, "Holter 3", ends, "device-token"), "device")
    token_file.write(Kept(server.url, server.url, "ann@example.com", ends, "secret-token"))
    server.play(problem(401, title="A valid access token is needed", detail="the token was revoked"), KEPT)
    assert run(server, "upload", str(file), token=None).exit_code == 0
    sent = [one.headers["authorization"] for one in server.received]
    assert sent == ["Bearer device-token", "Bearer secret-token"]
