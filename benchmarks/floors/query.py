"""A read and no more: HTTP, one prepared statement, the stored JSON inside an answer.

`python -m benchmarks.floors.query PORT CASSANDRA KEYSPACE`; `GET /<owner>/<ecg>`.
"""

import asyncio
import sys
from typing import Any
from uuid import UUID

import uvicorn

from benchmarks.floors.cassandra import connected

READ = """SELECT accepted_at, date, status, result FROM insights_by_ecg
    WHERE owner_id = ? AND ecg_id = ? LIMIT 1"""


def main(port: int, cassandra: str, keyspace: str) -> None:
    """Serve until told to stop."""
    session = connected(cassandra, keyspace)
    statement = session.prepare(READ)

    async def read(path: str) -> tuple[int, bytes]:
        loop = asyncio.get_running_loop()
        found: asyncio.Future[list[Any]] = loop.create_future()
        _, owner, ecg_id = path.split("/")
        response = session.execute_async(statement, (UUID(owner), ecg_id))
        response.add_callbacks(
            lambda rows: loop.call_soon_threadsafe(found.set_result, rows),
            lambda error: loop.call_soon_threadsafe(found.set_exception, error),
        )
        rows = await found
        if not rows:
            return 404, b""
        accepted_at, date, status, result = rows[0]
        known = f'"id":"{ecg_id}","date":{date},"accepted_at":{accepted_at},"status":"{status}"'
        return 200, f'{{{known},"insights":[{result}]}}'.encode()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            for event in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{event}.complete"})
            return
        status, body = (200, b"") if scope["path"] == "/" else await read(scope["path"])
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    uvicorn.run(app, port=port, loop="uvloop", http="httptools", log_level="warning", access_log=False)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
