"""A device that was lost: what it sent from then on is marked wherever its owner looks; and a device is renamed."""

from typing import Any

from harness.running import System, until
from schemas.times import format_rfc3339, parse_rfc3339
from tests.system.test_devices import ask, computed, issued, upload


def test_what_was_in_doubt_is_marked_wherever_it_is_told(system: System) -> None:
    owner = system.new_user()
    lost, kept = issued(system, owner), issued(system, owner)
    assert upload(system, lost["token"], "before").status_code == 202
    before = computed(system, lost["token"], "before")
    doubt = format_rfc3339(parse_rfc3339(before["accepted_at"]) + 1)
    for token, ecg_id in ((lost["token"], "after"), (kept["token"], "others"), (owner.token, "own")):
        assert upload(system, token, ecg_id).status_code == 202
    expected = {"before": False, "after": True, "others": False, "own": False}

    def told(path: str) -> dict[str, bool]:
        items = ask(system, "GET", path, owner.headers).json()["items"]
        return {one["id"]: one.get("suspect", False) for one in items}

    lists = ("/v1/ecgs", "/v1/ecgs?received_after=2026-01-01T00:00:00Z")
    for path in lists:
        until(lambda path=path: told(path) == dict.fromkeys(expected, False), "all, and none in doubt")  # type: ignore[misc]
    tags = {path: ask(system, "GET", path, owner.headers).headers["etag"] for path in lists}
    device = f"/v1/devices/{lost['id']}"
    assert ask(system, "DELETE", device, owner.headers, params={"suspect_from": doubt}).status_code == 200

    for path in lists:
        assert told(path) == expected
        again = ask(system, "GET", path, {**owner.headers, "If-None-Match": tags[path]})
        assert again.status_code == 200
    one = {ecg_id: ask(system, "GET", f"/v1/ecgs/{ecg_id}", owner.headers).json() for ecg_id in expected}
    assert {ecg_id: found["suspect"] for ecg_id, found in one.items()} == expected


def test_a_device_is_renamed_and_goes_on(system: System) -> None:
    owner = system.new_user()
    device = issued(system, owner)
    path = f"/v1/devices/{device['id']}"

    def rename(name: Any, headers: dict[str, str]) -> int:
        return ask(system, "PATCH", path, headers, json={"name": name}).status_code

    assert rename("Holter, Zi. 7", owner.headers) == 200
    assert ask(system, "GET", path, owner.headers).json()["name"] == "Holter, Zi. 7"
    assert upload(system, device["token"], "renamed").status_code == 202
    assert rename("", owner.headers) == 422
    assert rename("mine", system.new_user().headers) == 404
    assert rename("mine", {"Authorization": f"Bearer {device['token']}"}) == 403
    assert ask(system, "DELETE", path, owner.headers).status_code == 200
    assert rename("The one that was lost", owner.headers) == 200
    found = ask(system, "GET", path, owner.headers).json()
    assert found["name"] == "The one that was lost"
    assert found["revoked_at"] is not None
