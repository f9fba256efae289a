"""Java's own HTTP client, in a process of its own: what most devices and gateways that speak Java send with."""

import asyncio
import base64
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from infra.console import Console
from infra.engines.java import ensure_java

_SOURCE = Path(__file__).parent / "java" / "Client.java"
# Runs a source file as it is; the Java of the Python package has no such module.
_COMPILER = "jdk.compiler"
# Of base64, in one line.
_LINE_MAX_BYTES = 16 * 1_048_576

# More than the client itself gives a request.
_LIMIT_SECONDS = 90.0

How = Literal["whole", "chunked", "asked"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `retry_after`: seconds, where it asked for some."""

    status: int
    retry_after: float | None
    body: bytes


@cache
def why_not() -> str | None:
    """Why there is no such client here, if there is none."""
    listed = subprocess.run(
        [ensure_java(Console()), "--list-modules"], capture_output=True, text=True, check=True
    ).stdout
    return None if f"{_COMPILER}@" in listed else f"this machine's Java has no {_COMPILER}"


class JavaClient:
    """One client with its connections, for one request at a time."""

    def __init__(self, process: asyncio.subprocess.Process, body: Path) -> None:
        self._process = process
        self._body = body

    async def post(
        self, url: str, body: bytes, *, token: str, content_type: str = "application/json", how: How = "whole"
    ) -> Answer:
        """POST `body`. Raises ConnectionError, with Java's words, where no answer came, or TimeoutError."""
        written, read = self._process.stdin, self._process.stdout
        assert written is not None
        assert read is not None
        self._body.write_bytes(body)
        written.write("\t".join([url, token, content_type, str(self._body), how]).encode() + b"\n")
        await written.drain()
        async with asyncio.timeout(_LIMIT_SECONDS):
            line = (await read.readline()).decode().rstrip("\n")
        status, *rest = line.split("\t")
        if not rest:
            raise ConnectionError(line)
        return Answer(int(status), float(rest[0]) if rest[0] else None, base64.b64decode(rest[1]))


@asynccontextmanager
async def java_client() -> AsyncIterator[JavaClient]:
    """A client, ended after the block."""
    with tempfile.TemporaryDirectory(prefix="ecg-java-") as folder:
        process = await asyncio.create_subprocess_exec(
            await asyncio.to_thread(ensure_java, Console()),
            _SOURCE,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_LINE_MAX_BYTES,
        )
        try:
            yield JavaClient(process, Path(folder) / "body")
        finally:
            process.kill()
            await process.wait()
