"""One scripted server for all tests of the client."""

from collections.abc import Iterator

import pytest

from tests.unit.ecg_client.scripted import Scripted, serving


@pytest.fixture(scope="session")
def scripted_server() -> Iterator[Scripted]:
    with serving() as app:
        yield app


@pytest.fixture
def server(scripted_server: Scripted) -> Scripted:
    """The server, its script empty."""
    scripted_server.play()
    return scripted_server
