"""A read and no more: HTTP, one prepared statement, the stored JSON inside an answer.

`python -m benchmarks.floors.query PORT CASSANDRA KEYSPACE`; `GET /<owner>/<ecg>`.
"""

import asyncio
import sys
from typing import Any
from uuid import UUID

import uvicorn
from cassandra.cluster import Session
from cassandra.query import PreparedStatement

from benchmarks.floors.cassandra import connected
from service_kit.engines.cassandra.connection import Reactor
from service_kit.process import allocator, garbage_collection

READ = """SELECT accepted_at, date, status, result FROM insights_by_ecg
    WHERE owner_id = ? AND ecg_id = ? LIMIT 1"""


def main(port: int, cassandra: str, keyspace: str) -> None:
    """Serve until told to stop."""
    allocator.keep()
    garbage_collection.look_seldom()
    session: Session
    statement: PreparedStatement

    async def connect() -> None:
        nonlocal session, statement
        session = await asyncio.to_thread(connected, cassandra, keyspace, Reactor().connection_class())
        statement = await asyncio.to_thread(session.prepare, READ)

    async def read(path: str) -> tuple[int, bytes]:
        loop = asyncio.get_running_loop()
        found: asyncio.Future[list[Any]] = loop.create_future()
        _, owner, ecg_id = path.split("/")
        response = session.execute_async(statement, (UUID(owner), ecg_id))
        response.add_callbacks(
            # In the loop's thread; where not, the load fails, and with it the figure.
            found.set_result,
            found.set_exception,
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
                if event == "startup":
                    await connect()
                await send({"type": f"lifespan.{event}.complete"})
            return
        status, body = (200, b"") if scope["path"] == "/" else await read(scope["path"])
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    uvicorn.run(app, port=port, loop="uvloop", http="httptools", log_level="warning", access_log=False)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
