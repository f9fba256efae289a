"""Questions to a provider that is broken or hostile: each ends, in bounded time and bytes, by one named error."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest

from query_api.oidc.calls import Calls, ProviderAwayError
from query_api.oidc.provider import Provider
from query_api.oidc_settings import OidcSettings

LONG_SECONDS = 60.0
ENDLESS = b"HTTP/1.1 200 OK\r\n\r\n" + b" " * 1_000_000


def answer(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    head = [f"HTTP/1.1 {status}", "connection: close", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


@asynccontextmanager
async def provider_that_says(said: bytes | None) -> AsyncIterator[str]:
    """The address of a server that answers with these bytes, ISSUER in them its own; None: with nothing, for ever."""
    held = []

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.append(writer)
        await reader.readuntil(b"\r\n\r\n")
        if said is not None:
            writer.write(said.replace(b"ISSUER", address.encode()))
            writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield address
    finally:
        server.close()
        for writer in held:
            writer.close()


async def got(said: bytes | None, seconds: float = LONG_SECONDS) -> dict[str, Any]:
    calls = Calls(None, seconds=seconds)
    try:
        async with provider_that_says(said) as address:
            return await calls.get(address)
    finally:
        await calls.close()


def test_a_document_is_read() -> None:
    assert asyncio.run(got(answer(b'{"issuer": "https://idp.example"}'))) == {"issuer": "https://idp.example"}


@pytest.mark.parametrize(
    "said",
    [
        answer(b"{}", "500 Internal Server Error"),
        answer(b"{}", "404 Not Found"),
        answer(b"", "302 Found", "location: http://169.254.169.254/latest/meta-data"),
        answer(b"<html>"),
        answer(b"[]"),
        answer(b"\xff"),
        answer(b'{"a":' * 100_000),
        answer(gzip.compress(b"{}"), "200 OK", "content-encoding: gzip"),
        ENDLESS,
        b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}",
        b"SSH-2.0-x\r\n",
        b"",
    ],
    ids=[
        *("5xx", "4xx", "redirect", "page", "list", "no text", "deep", "compressed", "endless"),
        *("cut off", "no HTTP", "nothing"),
    ],
)
def test_what_is_no_document_is_one_named_error(said: bytes) -> None:
    with pytest.raises(ProviderAwayError) as raised:
        asyncio.run(got(said))

    assert raised.value.retry_after


def test_who_says_nothing_is_not_waited_for() -> None:
    with pytest.raises(ProviderAwayError):
        asyncio.run(got(None, seconds=0.05))


def test_who_is_not_there_is_away() -> None:
    async def asked() -> None:
        async with provider_that_says(b"") as address:
            pass
        await Calls(None).get(address)

    with pytest.raises(ProviderAwayError):
        asyncio.run(asked())


def test_of_many_questions_at_once_those_beyond_a_few_are_not_asked() -> None:
    async def asked() -> list[BaseException | dict[str, Any]]:
        calls = Calls(None, seconds=LONG_SECONDS)
        async with provider_that_says(None) as address:
            questions: list[Coroutine[Any, Any, dict[str, Any]]] = [calls.get(address) for _ in range(20)]
            tasks = [asyncio.create_task(question) for question in questions]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            refused = [task for task in tasks if task.done()]
            for task in tasks:
                task.cancel()
            found = await asyncio.gather(*refused, return_exceptions=True)
            await asyncio.gather(*tasks, return_exceptions=True)
        await calls.close()
        return found

    found = asyncio.run(asked())
    assert len(found) == 12
    assert all(isinstance(one, ProviderAwayError) for one in found)


def described(**changes: object) -> str:
    """A discovery document of a server that calls itself what it is, but for these."""
    at = "https://idp.example"
    good = {"issuer": "ISSUER", "authorization_endpoint": at, "token_endpoint": at, "jwks_uri": at}
    return json.dumps(good | changes)


@pytest.mark.parametrize(
    "document",
    [
        "{}",
        described(issuer="https://another.example"),
        described(issuer="ISSUER/"),
        described(authorization_endpoint="http://idp.example"),
        described(token_endpoint="file:///etc/passwd"),
        described(jwks_uri="http://169.254.169.254/keys"),
        described(jwks_uri=7),
        described(jwks_uri="https://[idp"),
    ],
)
def test_a_description_of_something_else_is_not_believed(document: str) -> None:
    async def asked() -> str:
        calls = Calls(None)
        async with provider_that_says(answer(document.encode())) as issuer:
            provider = Provider(OidcSettings(oidc_issuer=issuer, oidc_client_id="ecg"), issuer, "ecg", calls)
            try:
                return await provider.sign_in_address("https://ecg.example/back")
            finally:
                await calls.close()

    with pytest.raises(ProviderAwayError):
        asyncio.run(asked())
