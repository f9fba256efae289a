"""The README's lines, pasted: the shell's as they stand, and an analyst's few lines of Python."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from harness.running import System, environment, leads_of, until
from infra.access.accounts import ANALYST
from infra.local.admin import read
from infra.paths import REPOSITORY
from tests.readme import blocks


def test_the_shell_lines_do_what_they_say(system: System) -> None:
    account = read(system.var / "admin.json")
    assert account is not None
    pasted = environment(system.var, ADMIN_EMAIL=account.email, ADMIN_PASSWORD=account.password)
    script = "set -euo pipefail\n" + "echo\necho ---\n".join(blocks("bash"))
    done = subprocess.run(
        ["bash", "-c", script], cwd=REPOSITORY, env=pasted, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    upload, answers, user, command = done.stdout.split("---\n")
    assert upload.startswith("HTTP/1.1 202")
    insights, *_ = _documents(answers)
    assert [lead["value"] for lead in leads_of(insights)] == [2, 1]
    assert _documents(user)[0]["email"] == "bea@example.com"
    assert command.startswith("-  accepted as ecg-18\n")
    assert re.search(r"^II +3 +0 +2 *$", command, re.MULTILINE)


def test_the_client_of_the_readme_prints_what_it_says(system: System) -> None:
    (code,) = [block for block in blocks("python") if "EcgClient" in block]
    user = system.new_user()
    pasted = environment(
        system.var, ECG_INGEST=system.ingest_url, ECG_QUERY=system.query_url, ECG_TOKEN=user.token
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, env=pasted, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("2\n", "")


def test_the_arrow_stream_of_the_readme_is_taken(system: System) -> None:
    (code,) = [block for block in blocks("python") if "new_stream" in block]
    user = system.new_user()
    pasted = environment(system.var, ECG_INGEST=system.ingest_url, ECG_TOKEN=user.token)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, env=pasted, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("202\n", "")
    found = system.http.get(
        f"{system.query_url}/v1/ecgs/ecg-19/insights", headers=user.headers | {"Prefer": "wait=20"}
    )
    assert [(lead["value"], lead["baseline"]) for lead in leads_of(found.json())] == [(2, 0), (1, 1024)]


def test_an_analyst_taps_the_topics(system: System, tmp_path: Path) -> None:
    user = system.new_user()
    ecg = {"id": "tapped", "leads": [{"name": "II", "signal": [1, -1]}]}
    answer = system.http.post(f"{system.ingest_url}/v1/ecgs", json=ecg, headers=user.headers)
    assert answer.status_code == 202
    (code,) = [block for block in blocks("python") if "AIOKafkaConsumer" in block]
    # In no order: the topics are read side by side.
    wanted = {"tapped samples {'II': 2}", "tapped zero_crossings {'II': 1}"}
    seen = tmp_path / "seen"
    pasted = environment(system.var, **system.engines.told(ANALYST))
    with seen.open("w") as out, subprocess.Popen([sys.executable, "-c", code], env=pasted, stdout=out) as tap:
        try:
            until(lambda: wanted <= set(seen.read_text().splitlines()), "both events on their topics")
        finally:
            tap.terminate()


def _documents(text: str) -> list[dict[str, Any]]:
    """The JSON objects that stand one after the other in `text`."""
    decoder, found, at = json.JSONDecoder(), [], 0
    text = text.strip()
    while at < len(text):
        document, at = decoder.raw_decode(text, at)
        found.append(document)
        while at < len(text) and text[at].isspace():
            at += 1
    return found
