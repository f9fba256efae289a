"""Devices through the whole system: issued, paired, sending, asked about, revoked, and out."""

import re
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import randrange
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from ecg_client import EcgClient
from harness import leaks
from harness.running import System, User, environment, until
from infra.paths import REPOSITORY
from query_api.devices.tokens import DeviceTokens
from query_api.keys.signing import load_keys, signed
from schemas.claims import DEFAULT_AUDIENCE, DEFAULT_ISSUER, DEVICE_SCOPES, Claims
from tests.readme import blocks

OUT_SECONDS = 5.0
DAY_SECONDS = 24 * 60 * 60


@pytest.fixture(scope="module")
def owner(system: System) -> User:
    return system.new_user()


def as_device(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def ask(system: System, method: str, path: str, headers: dict[str, str], **more: Any) -> httpx.Response:
    return system.http.request(method, system.query_url + path, headers=headers, **more)


def issued(system: System, user: User, name: str = "Holter 3") -> dict[str, Any]:
    answer = ask(system, "POST", "/v1/devices", user.headers, json={"name": name})
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    found: dict[str, Any] = answer.json()
    leaks.note(found["token"])
    return found


def code(system: System, user: User) -> str:
    answer = ask(system, "POST", "/v1/devices/codes", user.headers, json={"name": "Pulse"})
    assert answer.status_code == 201, answer.text
    made = str(answer.json()["code"])
    leaks.note(made)
    return made


def pair(system: System, typed: str, http: httpx.Client | None = None) -> httpx.Response:
    """What a device is answered that sends again after 503, as it may."""
    while True:
        answer = (http or system.http).post(f"{system.query_url}/v1/devices/pair", json={"code": typed})
        if answer.status_code != 503:
            leaks.note(answer.json().get("token", ""))
            return answer


def from_elsewhere() -> httpx.Client:
    """A client at an address of its own, which others' guesses do not concern."""
    own = f"127.{randrange(1, 255)}.{randrange(256)}.{randrange(1, 255)}"
    return httpx.Client(
        transport=httpx.HTTPTransport(local_address=own), timeout=60, event_hooks={"response": [leaks.look]}
    )


def upload(system: System, token: str, ecg_id: str, *samples: int) -> httpx.Response:
    ecg = {"id": ecg_id, "leads": [{"name": "I", "signal": list(samples or (1, -1))}]}
    return system.http.post(f"{system.ingest_url}/v1/ecgs", json=ecg, headers=as_device(token))


def status(system: System, token: str, ecg_id: str) -> httpx.Response:
    return ask(system, "GET", f"/v1/ecgs/{ecg_id}/status", as_device(token))


def computed(system: System, token: str, ecg_id: str) -> dict[str, Any]:
    """The status of an ECG, once there is one."""
    until(lambda: status(system, token, ecg_id).status_code == 200, f"the status of {ecg_id}")
    found: dict[str, Any] = status(system, token, ecg_id).json()
    return found


def test_what_a_device_sends_is_its_users_and_says_who_sent_it(system: System, owner: User) -> None:
    device = issued(system, owner)
    assert upload(system, device["token"], "by-device").status_code == 202
    assert computed(system, device["token"], "by-device")["status"] == "computed"
    for path in ("/v1/ecgs/by-device", "/v1/ecgs/by-device/insights", "/v1/ecgs/by-device/status"):
        assert ask(system, "GET", path, owner.headers).json()["device_id"] == device["id"]
    for path in ("/v1/ecgs", "/v1/ecgs?received_after=2026-01-01T00:00:00Z"):
        items = ask(system, "GET", path, owner.headers).json()["items"]
        assert [one["device_id"] for one in items if one["id"] == "by-device"] == [device["id"]]
    detail = ask(system, "GET", f"/v1/devices/{device['id']}", owner.headers).json()
    ecg = ask(system, "GET", "/v1/ecgs/by-device", owner.headers).json()
    assert detail["last_accepted_at"] == ecg["accepted_at"]
    assert (detail["lately"]["computed"], detail["lately"]["rejected"]) == (1, {})
    sent = ask(system, "GET", f"/v1/devices/{device['id']}/ecgs", owner.headers).json()
    assert [(one["id"], one["status"], one["suspect"]) for one in sent["items"]] == [
        ("by-device", "computed", False)
    ]


def test_a_device_is_told_of_what_it_sent_itself_and_of_nothing_else(system: System, owner: User) -> None:
    one, other = issued(system, owner), issued(system, owner)
    assert upload(system, one["token"], "of-one").status_code == 202
    assert upload(system, owner.token, "of-owner").status_code == 202
    assert computed(system, one["token"], "of-one")["device_id"] == one["id"]
    assert computed(system, owner.token, "of-owner")["device_id"] is None
    missing = status(system, other["token"], "never-sent")
    for token, ecg_id in ((other["token"], "of-one"), (one["token"], "of-owner")):
        found = status(system, token, ecg_id)
        assert (found.status_code, found.content) == (404, missing.content)
    assert upload(system, other["token"], "of-one").status_code == 202
    computed(system, other["token"], "of-one")
    assert status(system, one["token"], "of-one").status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/ecgs"),
        ("GET", "/v1/ecgs/any"),
        ("GET", "/v1/ecgs/any/insights"),
        ("GET", "/v1/users/me"),
        ("GET", "/v1/users"),
        ("POST", "/v1/users"),
        ("GET", "/v1/devices"),
        ("POST", "/v1/devices"),
        ("POST", "/v1/devices/codes"),
        ("GET", "/v1/devices/{}"),
        ("DELETE", "/v1/devices/{}"),
        ("GET", "/v1/devices/{}/ecgs"),
    ],
)
def test_a_devices_token_opens_no_other_door(system: System, owner: User, method: str, path: str) -> None:
    device = issued(system, owner)
    body = {"json": {"name": "x"}} if method == "POST" else {}
    answer = ask(system, method, path.format(device["id"]), as_device(device["token"]), **body)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:ecg:problem:forbidden")


def test_a_device_goes_on_for_days_by_its_own_key(system: System, owner: User) -> None:
    """As one does that was issued a token days ago; a token like it by the key of sign-ins is none."""
    keys, issued_at = load_keys(system.var / "keys"), int(time.time()) - 3 * DAY_SECONDS
    tokens = DeviceTokens(lambda: keys, issuer=DEFAULT_ISSUER, audience=DEFAULT_AUDIENCE, days=400)
    owner_id, device_id = UUID(owner.id), uuid4()
    assert (
        upload(system, tokens.sign(owner_id, device_id, issued_at=issued_at), "days-later").status_code == 202
    )
    claims = Claims(owner_id, "client", DEVICE_SCOPES, "jti", device_id=device_id).to_jwt(
        issuer=DEFAULT_ISSUER,
        audience=DEFAULT_AUDIENCE,
        issued_at=int(time.time()),
        expires_at=int(time.time()) + 600,
    )
    assert upload(system, signed(keys.devices, claims), "its-key").status_code == 202
    assert upload(system, signed(keys.private, claims), "wrong-key").status_code == 401


def test_a_code_is_taken_once_however_many_bring_it(system: System, owner: User) -> None:
    made = code(system, owner)
    with from_elsewhere() as http, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: pair(system, made.lower().replace("-", " "), http), range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [404] * 7
    (device,) = [answer.json() for answer in answers if answer.status_code == 201]
    assert device["name"] == "Pulse"
    assert upload(system, device["token"], "paired").status_code == 202
    for typed in ("", "ABC", "00000000", "K7QM-2XW!"):
        assert pair(system, typed).status_code == 422


def test_a_lost_device_is_out_within_seconds_and_what_it_sent_since_is_marked(
    system: System, owner: User
) -> None:
    device, stays = issued(system, owner), issued(system, owner)
    assert upload(system, device["token"], "before").status_code == 202
    lost_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 1))
    time.sleep(2)
    assert upload(system, device["token"], "after").status_code == 202
    path = f"/v1/devices/{device['id']}"
    revoked = ask(system, "DELETE", path, owner.headers, params={"suspect_from": lost_at})
    assert revoked.status_code == 200, revoked.text
    began = time.monotonic()
    assert status(system, device["token"], "before").status_code == 401
    until(lambda: upload(system, device["token"], "out").status_code == 401, "the device to be out")
    assert time.monotonic() - began < OUT_SECONDS
    assert upload(system, stays["token"], "stays").status_code == 202
    assert ask(system, "GET", path, owner.headers).json().items() >= revoked.json().items()
    again = ask(system, "DELETE", path, owner.headers)
    assert (again.status_code, again.json()) == (200, revoked.json())

    def marked() -> dict[str, bool]:
        items = ask(system, "GET", f"{path}/ecgs", owner.headers).json()["items"]
        return {one["id"]: one["suspect"] for one in items if one["id"] != "out"}

    until(lambda: marked() == {"after": True, "before": False}, "both in the device's list")
    since = ask(system, "GET", f"{path}/ecgs", owner.headers, params={"accepted_from": lost_at}).json()
    assert "before" not in [one["id"] for one in since["items"]]


def test_somebody_elses_device_is_none(system: System, owner: User) -> None:
    device, stranger = issued(system, owner), system.new_user()
    nobodys = ask(system, "GET", f"/v1/devices/{uuid4()}", stranger.headers)
    assert nobodys.status_code == 404
    for method, rest in (("GET", ""), ("DELETE", ""), ("GET", "/ecgs")):
        answer = ask(system, method, f"/v1/devices/{device['id']}{rest}", stranger.headers)
        assert (answer.status_code, answer.content) == (404, nobodys.content)
    assert upload(system, device["token"], "still-in").status_code == 202
    assert ask(system, "GET", "/v1/devices", stranger.headers).json() == {"items": [], "next": None}


def test_devices_and_what_they_sent_are_listed_a_page_at_a_time(system: System) -> None:
    user = system.new_user()
    devices = {issued(system, user, f"Nº {number}")["id"] for number in range(5)}
    listed: list[str] = []
    path: str | None = "/v1/devices?limit=2"
    while path is not None:
        page = ask(system, "GET", path, user.headers).json()
        listed += [one["id"] for one in page["items"]]
        path = page["next"]
    assert (len(listed), set(listed)) == (5, devices)
    device = issued(system, user)
    for number in range(5):
        assert upload(system, device["token"], f"page-{number}").status_code == 202
    computed(system, device["token"], "page-4")

    def sent() -> list[str]:
        found: list[str] = []
        path: str | None = f"/v1/devices/{device['id']}/ecgs?limit=2"
        while path is not None:
            page = ask(system, "GET", path, user.headers).json()
            found += [one["id"] for one in page["items"]]
            path = page["next"]
        return found

    until(lambda: sent() == [f"page-{number}" for number in (4, 3, 2, 1, 0)], "all that it sent")


@pytest.mark.parametrize("name", ["", " x", "x" * 65, "a\u202eb", "a\nb", 17, None])
def test_a_name_is_a_name(system: System, owner: User, name: object) -> None:
    answer = ask(system, "POST", "/v1/devices", owner.headers, json={"name": name})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/name")


def test_the_client_pairs_sends_and_goes_on_with_another_token(system: System, owner: User) -> None:
    device = issued(system, owner)
    with EcgClient(system.ingest_url, system.query_url, token="ended", renew=lambda: device["token"]) as ecg:
        sent = ecg.upload({"id": "renewed", "leads": [{"name": "I", "signal": [1, -1]}]})
        found = ecg.status(sent.id, wait_seconds=20, receipt=sent.receipt)
    assert (found.status, str(found.device_id)) == ("computed", device["id"])


def test_the_lines_of_the_readme_pair_a_device_and_have_it_out(system: System, owner: User) -> None:
    (script,) = blocks("shell")
    made = script.replace('eval "$(make env)"', ":")
    pasted = environment(
        system.var, ECG_INGEST=system.ingest_url, ECG_QUERY=system.query_url, TOKEN=owner.token
    )
    done = subprocess.run(
        ["bash", "-c", "set -euo pipefail\n" + made],
        cwd=Path(REPOSITORY),
        env=pasted,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    accepted, computed, revoked, sent, last = done.stdout.splitlines()
    assert '"status":"accepted"' in accepted
    assert '"status":"computed"' in computed
    assert '"revoked_at":"' in revoked
    assert re.search(r'"id":"ecg-21".*"suspect":true', sent)
    assert last == "401"


def test_who_guesses_codes_is_told_to_wait_and_a_right_one_is_not_counted(
    system: System, owner: User
) -> None:
    """From an address of its own, for it has tried too often then."""
    with from_elsewhere() as http:
        for _ in range(3):
            assert pair(system, code(system, owner), http).status_code == 201
        answers = [pair(system, "ZZZZ-ZZZZ", http) for _ in range(21)]
        assert answers[-1].status_code == 429
        assert int(answers[-1].headers["retry-after"]) > 0
        assert pair(system, code(system, owner), http).status_code == 429
    assert pair(system, code(system, owner)).status_code == 201
