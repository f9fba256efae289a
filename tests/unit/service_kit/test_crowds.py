"""Beyond so many requests at once an API answers 503, and operators are answered still."""

import asyncio

import httpx
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from service_kit.crowds import Crowd

LIMIT = 2


class Application:
    """Answers when it is let go."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.waiting = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].startswith("/v1/"):
            await self.go.wait()
        await PlainTextResponse("")(scope, receive, send)


async def statuses() -> list[list[int]]:
    application = Application()
    app = Crowd(application, limit=LIMIT, waiting=lambda: application.waiting)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as client:

        async def status(path: str) -> int:
            answer = await client.get(path)
            assert answer.status_code == 200 or answer.headers["retry-after"] == "1"
            return answer.status_code

        held = [asyncio.create_task(status("/v1/ecgs")) for _ in range(LIMIT)]
        await asyncio.sleep(0)
        refused = [await status("/v1/ecgs"), await status("/healthz")]
        application.waiting = 1
        beside = asyncio.create_task(status("/v1/ecgs"))
        await asyncio.sleep(0)
        application.go.set()
        taken = await asyncio.gather(*held, beside)
        return [refused, taken, [await status("/v1/ecgs")]]


def test_requests_beyond_the_limit_are_told_to_come_again() -> None:
    refused, taken, after = asyncio.run(statuses())
    assert refused == [503, 200]
    assert taken == [200] * (LIMIT + 1)
    assert after == [200]
