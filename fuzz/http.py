"""The running APIs, each by its own document, as schemathesis tries it, with all of its checks but one."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import parse_qs, urlsplit

from fuzz.hooks import KNOWN
from harness import leaks
from harness.running import System, User, until
from infra.paths import REPOSITORY

Who = Literal["user", "admin", "device"]
# Each API by each of those who may call it.
DOORS: tuple[tuple[str, Who], ...] = tuple((api, who) for api in ("ingest", "query") for who in get_args(Who))
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
    caller = _caller(system, who)
    url = system.ingest_url if api == "ingest" else system.query_url
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [
            Path(sys.executable).parent / "schemathesis",
            "run",
            f"{url}/openapi.json",
            "--header",
            f"Authorization: Bearer {caller.token}",
            "--checks",
            "all",
            # A device that was revoked stays listed.
            "--exclude-checks",
            "use_after_free",
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
            KNOWN: json.dumps(_known(system, caller, who)),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    generated = _GENERATED.search(done.stdout)
    return Found(int(generated[1]) if generated else 0, done.stdout + done.stderr, done.returncode == 0)


def _caller(system: System, who: Who) -> User:
    """Somebody new of this kind; a device's token stands in the place of its user's."""
    if who == "admin":
        return system.admin
    user = system.new_user()
    return user if who == "user" else replace(user, token=_device(system, user)["token"])


def _device(system: System, user: User) -> dict[str, Any]:
    """A new device of this user's."""
    answer = system.http.post(
        f"{system.query_url}/v1/devices", json={"name": "Holter 3"}, headers=user.headers
    )
    assert answer.status_code == 201, answer.text
    leaks.note(answer.json()["token"])
    issued: dict[str, Any] = answer.json()
    return issued


def _known(system: System, caller: User, who: Who) -> dict[str, object]:
    """What is right for this caller, where only one thing is."""
    form = {"grant_type": "password", "username": caller.email, "password": caller.password}
    if who == "admin":
        cursor = _cursor(system, caller, "/v1/users")
        return {"form": form, "receipt": "", "user_id": system.new_user().id, "cursor of /v1/users": cursor}
    known: dict[str, object] = {"form": form, "receipt": _sent(system, caller)}
    if who == "user":
        known["device_id"] = _device(system, caller)["id"]
        _device(system, caller)
        ecgs = f"{system.query_url}/v1/ecgs"
        until(
            lambda: (
                len(system.http.get(ecgs, headers=caller.headers).json().get("items", ())) == len(_ECG_IDS)
            ),
            "the ECGs in their list",
        )
        for path in ("/v1/ecgs", "/v1/devices"):
            known[f"cursor of {path}"] = _cursor(system, caller, path)
    return known


def _sent(system: System, caller: User) -> str:
    """Send the caller's ECGs; the receipt of the last."""
    for ecg_id in _ECG_IDS:
        sent = system.http.post(
            f"{system.ingest_url}/v1/ecgs", json={"id": ecg_id, "leads": _LEADS}, headers=caller.headers
        )
        assert sent.status_code == 202, sent.text
    (receipt,) = parse_qs(urlsplit(sent.headers["location"]).query)["receipt"]
    return receipt


def _cursor(system: System, user: User, path: str) -> str | None:
    """The cursor of the second page of the whole list, if there is one."""
    following = system.http.get(f"{system.query_url}{path}?limit=1", headers=user.headers).json()["next"]
    return None if following is None else parse_qs(urlsplit(following).query)["cursor"][0]
