"""What a device is refused, its owner sees: how often, why, and when last; nobody else's, and over all processes."""

import time
from pathlib import Path
from typing import Any

from harness.ingesting import Signer, ingesting, until_ready
from harness.running import System, until
from tests.system.test_devices import as_device, ask, computed, issued, upload


def send(url: str, system: System, token: str, body: bytes, content_type: str = "application/json") -> int:
    headers = as_device(token) | {"Content-Type": content_type}
    return system.http.post(f"{url}/v1/ecgs", content=body, headers=headers).status_code


def test_refusals_are_told_by_kind_and_of_every_ingest_api(system: System, tmp_path: Path) -> None:
    owner = system.new_user()
    faulty, sound = issued(system, owner), issued(system, owner)

    def found(device: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = ask(system, "GET", f"/v1/devices/{device['id']}", owner.headers).json()
        return answer

    def refused() -> dict[str, int]:
        counts: dict[str, int] = found(faulty)["lately"]["refused"]
        return counts

    assert (refused(), found(faulty)["last_refused_at"]) == ({}, None)
    began = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() - 1))
    for body in (b'{"leads": []}', b'{"leads": [{"name": "I", "signal": [1.5]}]}', b"{}"):
        assert send(system.ingest_url, system, faulty["token"], body) == 422
    assert send(system.ingest_url, system, faulty["token"], b"{") == 400
    assert send(system.ingest_url, system, faulty["token"], b"x", "text/plain") == 415
    assert upload(system, faulty["token"], "after-all").status_code == 202
    assert upload(system, sound["token"], "sound").status_code == 202
    assert send(system.ingest_url, system, owner.token, b"{") == 400
    expected = {"invalid": 3, "malformed": 1, "unsupported-media-type": 1}
    until(lambda: refused() == expected, "what was refused")

    with ingesting(system.engines.kafka, Signer(system.engines.keys), tmp_path / "log") as other:
        until_ready(other)
        assert send(other.url, system, faulty["token"], b"{") == 400
    # Its last word, as it was told to stop.
    until(lambda: refused() == expected | {"malformed": 2}, "what the other one refused")
    assert found(faulty)["last_refused_at"] > began
    computed(system, faulty["token"], "after-all")
    until(lambda: found(faulty)["lately"]["computed"] == 1, "what was taken after all")
    assert found(sound)["lately"]["refused"] == {}
    stranger = system.new_user()
    assert ask(system, "GET", f"/v1/devices/{faulty['id']}", stranger.headers).status_code == 404
