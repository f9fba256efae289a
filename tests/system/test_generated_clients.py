"""Clients that others' tools make of the OpenAPI documents: made without a warning, and they upload and read."""

import importlib.util
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from docs.openapi.__main__ import FOLDER
from harness import typescript_client
from harness.running import System

DOCUMENTS = sorted(FOLDER.glob("*.json"))
TOOLS = Path(sys.executable).parent


def generated(document: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Let openapi-python-client make a package in `folder`; its formatter is beside it."""
    return subprocess.run(
        [
            TOOLS / "openapi-python-client",
            "generate",
            "--path",
            document,
            "--config",
            FOLDER / "python-client.yml",
            "--meta",
            "none",
            "--fail-on-warning",
            "--output-path",
            folder,
        ],
        env={"PATH": str(TOOLS)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_openapi_python_client_makes_one_without_a_warning(document: Path, tmp_path: Path) -> None:
    done = generated(document, tmp_path / "client")
    assert done.returncode == 0, done.stdout
    assert "WARNING" not in done.stdout + done.stderr


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    """Import a module of the client of both APIs, by its name."""
    assert generated(FOLDER / "merged.json", tmp_path / "made_client").returncode == 0
    monkeypatch.syspath_prepend(tmp_path)
    assert importlib.util.find_spec("made_client") is not None
    return lambda name: import_module(f"made_client.{name}")


def test_the_python_client_uploads_and_reads(system: System, made: Callable[[str], Any]) -> None:
    user = system.new_user()
    client, upload_ecg = made("client"), made("api.ecgs.upload_ecg")
    with client.Client(system.query_url, raise_on_unexpected_status=True) as anybody:
        grant = made("models.sign_in_grant_type").SignInGrantType.PASSWORD
        form = made("models.sign_in").SignIn(grant_type=grant, username=user.email, password=user.password)
        token = made("api.sign_in.create_token").sync(client=anybody, body=form).access_token
    lead = made("models.upload_lead").UploadLead(name="II", signal=[1, -1, None, 1])
    good, bad = (made("models.upload").Upload(id=ecg_id, leads=[lead]) for ecg_id in ("from-python", "-"))
    with client.AuthenticatedClient(system.ingest_url, token=token) as uploading:
        sent = upload_ecg.sync(client=uploading, body=good)
        refused = upload_ecg.sync(client=uploading, body=bad)
    assert (sent.id, sent.status.value) == ("from-python", "accepted")
    assert (refused.status, refused.errors[0].pointer) == (422, "/id")
    with client.AuthenticatedClient(system.query_url, token=token) as reading:
        found = made("api.ecgs.get_insights").sync("from-python", client=reading, prefer="wait=20")
    assert [(lead.name, lead.value) for lead in found.insights[0].leads] == [("II", 2)]


def test_typescripts_client_is_of_sound_types_and_uploads_and_reads(system: System) -> None:
    if why_not := typescript_client.why_not():
        pytest.skip(why_not)
    user = system.new_user()
    read = typescript_client.upload_and_read(
        typescript_client.built(),
        query_url=system.query_url,
        ingest_url=system.ingest_url,
        email=user.email,
        password=user.password,
    )
    assert read == "zero_crossings 2\n"
