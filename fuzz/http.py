"""The running APIs, each by its own document, as schemathesis tries it, with all of its checks."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qs, urlsplit

from fuzz.hooks import KNOWN
from harness.running import System, User, until
from infra.paths import REPOSITORY

Who = Literal["user", "admin"]
# Each API by each of those who may call it.
DOORS: tuple[tuple[str, Who], ...] = (
    ("ingest", "user"),
    ("ingest", "admin"),
    ("query", "user"),
    ("query", "admin"),
)
_GENERATED = re.compile(r"(\d+) generated")
_LEADS = [{"name": "I", "signal": [1, -1]}]
# That of the document's examples, and another, so that the list has a second page.
_ECG_IDS = ("ecg-20", "ecg-21")


@dataclass(frozen=True, slots=True)
class Found:
    """What came of a run: how many requests there were, and what schemathesis said; `sound` where nothing was found."""

    requests: int
    said: str
    sound: bool


def run(system: System, api: str, who: Who, folder: Path, *options: str) -> Found:
    """Try one API with the token of one caller; `folder`: for whatever schemathesis leaves."""
    user = system.admin if who == "admin" else system.new_user()
    url = system.ingest_url if api == "ingest" else system.query_url
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [
            Path(sys.executable).parent / "schemathesis",
            "run",
            f"{url}/openapi.json",
            "--header",
            f"Authorization: Bearer {user.token}",
            "--checks",
            "all",
            "--continue-on-failure",
            # That an admin is refused what a user may do is no finding.
            "--warnings",
            "off",
            *options,
        ],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": str(REPOSITORY),
            "SCHEMATHESIS_HOOKS": "fuzz.hooks",
            KNOWN: json.dumps(_known(system, user, who)),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    generated = _GENERATED.search(done.stdout)
    return Found(int(generated[1]) if generated else 0, done.stdout + done.stderr, done.returncode == 0)


def _known(system: System, user: User, who: Who) -> dict[str, object]:
    """What is right for this caller, where only one thing is."""
    form = {"grant_type": "password", "username": user.email, "password": user.password}
    if who == "admin":
        return {"form": form, "receipt": "", "cursor of /v1/users": _cursor(system, user, "/v1/users")}
    for ecg_id in _ECG_IDS:
        sent = system.http.post(
            f"{system.ingest_url}/v1/ecgs", json={"id": ecg_id, "leads": _LEADS}, headers=user.headers
        )
        assert sent.status_code == 202, sent.text
    ecgs = f"{system.query_url}/v1/ecgs"
    until(
        lambda: len(system.http.get(ecgs, headers=user.headers).json().get("items", ())) == len(_ECG_IDS),
        "the ECGs in their list",
    )
    (receipt,) = parse_qs(urlsplit(sent.headers["location"]).query)["receipt"]
    return {"form": form, "receipt": receipt, "cursor of /v1/ecgs": _cursor(system, user, "/v1/ecgs")}


def _cursor(system: System, user: User, path: str) -> str | None:
    """The cursor of the second page of the whole list, if there is one."""
    following = system.http.get(f"{system.query_url}{path}?limit=1", headers=user.headers).json()["next"]
    return None if following is None else parse_qs(urlsplit(following).query)["cursor"][0]
