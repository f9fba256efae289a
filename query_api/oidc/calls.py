"""Asks the provider over HTTP. Every question is bounded: in time, in bytes, and in how many there are at once."""

import asyncio
import logging
import ssl
from collections.abc import Mapping
from typing import Any

import httpx
import msgspec

from query_api.metrics import PROVIDER_CALLS
from schemas.problems import UnavailableError
from service_kit.log_limits import LogLimit

_log = logging.getLogger(__name__)
_told = LogLimit()

# A provider that takes longer has its users wait for nothing; a browser's user tries again.
_SECONDS = 5.0
# A discovery document has some 5 kB, a set of keys or an answer with tokens no more.
_MAX_BYTES = 262_144
# Each is a sign-in under way, of which nobody needs many; so many hold 2 MB.
_AT_ONCE = 8
_RETRY_SECONDS = 5


class ProviderAwayError(UnavailableError):
    """The provider does not answer, or nothing that could be used."""

    def __init__(self) -> None:
        super().__init__(
            "the provider of sign-ins does not answer as it should; sending the same again is safe",
            retry_after=_RETRY_SECONDS,
        )


def away(reason: str) -> ProviderAwayError:
    """To be raised. The log has the reason, once a minute; it repeats nothing that the provider said."""
    if times := _told.count(reason):
        said = {"reason": reason, "times": times}
        _log.warning("the provider of sign-ins does not answer as it should", extra=said)
    return ProviderAwayError()


class Calls:
    """Questions to a provider. Raises ProviderAwayError for whatever is no answer in JSON."""

    def __init__(self, ca_file: str | None, *, seconds: float = _SECONDS) -> None:
        self._seconds = seconds
        self._http = httpx.AsyncClient(
            verify=ssl.create_default_context(cafile=ca_file) if ca_file else True,
            timeout=seconds,
            limits=httpx.Limits(max_connections=_AT_ONCE),
            # What is compressed may be any length.
            headers={"accept": "application/json", "accept-encoding": "identity"},
        )
        self._under_way = 0

    async def close(self) -> None:
        """End what is under way."""
        await self._http.aclose()

    async def get(self, url: str) -> dict[str, Any]:
        """The document of this address."""
        status, answer = await self._ask("GET", url)
        if status != 200:
            raise away(f"it answers {status}")
        return answer

    async def post(
        self, url: str, form: Mapping[str, str], auth: tuple[str, str] | None
    ) -> tuple[int, dict[str, Any]]:
        """The status and the answer to a form that was taken or refused (below 500)."""
        return await self._ask("POST", url, data=form, auth=auth)

    async def _ask(self, method: str, url: str, **sent: Any) -> tuple[int, dict[str, Any]]:
        if self._under_way >= _AT_ONCE:
            PROVIDER_CALLS.labels("refused").inc()
            raise away("too many questions are under way")
        self._under_way += 1
        try:
            # httpx bounds each step, and not all of them together.
            async with asyncio.timeout(self._seconds), self._http.stream(method, url, **sent) as response:
                found = response.status_code, _object(await _bounded(response))
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            PROVIDER_CALLS.labels("failed").inc()
            raise away(type(error).__name__) from None
        except ProviderAwayError:
            PROVIDER_CALLS.labels("failed").inc()
            raise
        finally:
            self._under_way -= 1
        PROVIDER_CALLS.labels("answered").inc()
        return found


async def _bounded(response: httpx.Response) -> bytes:
    if response.status_code >= 500 or response.is_redirect:
        raise away(f"it answers {response.status_code}")
    if "content-encoding" in response.headers:
        raise away("it compresses what it was asked not to")
    body = bytearray()
    async for part in response.aiter_raw():
        body += part
        if len(body) > _MAX_BYTES:
            raise away("its answer is too long")
    return bytes(body)


def _object(body: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise away("its answer is no JSON object") from None
