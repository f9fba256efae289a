"""Faults for the programs of a local system, by signals to their processes."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx

from harness.running import System
from infra.local.state import Files

POLL_SECONDS = 0.05
MEMBER = "ecg_processor_group_member"
READY_LIMIT_SECONDS = 240.0


class Injector:
    """Hurts a system, and heals it."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._files = Files(system.var)

    def pid(self, name: str) -> int | None:
        """The process of a program; None while it has none."""
        state = self._files.read()
        return None if state is None else state.programs[name].pid

    def send(self, name: str, number: signal.Signals) -> None:
        """Send a signal to a program, if it has a process."""
        pid = self.pid(name)
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    async def kill(self, name: str) -> float:
        """kill -9, and wait until the supervisor has started another process; when it was killed."""
        old = self.pid(name)
        self.send(name, signal.SIGKILL)
        killed = time.monotonic()
        await until(lambda: self.pid(name) not in (old, None), f"another process of {name}")
        return killed

    def hold(self, *names: str, how: signal.Signals = signal.SIGKILL) -> None:
        """End programs by a signal, kill -9 unless another is given, and keep them away until `release`."""
        for name in names:
            (self._files.stopped / name).touch()
            self.send(name, how)

    async def gone(self, *names: str) -> None:
        """Wait until programs that are held have no process."""
        await until(lambda: all(self.pid(name) is None for name in names), f"the end of {names}")

    async def release(self, *names: str) -> None:
        """Have programs started again, and wait until they are ready."""
        for name in names:
            (self._files.stopped / name).unlink(missing_ok=True)
        await self.ready(*names)

    @asynccontextmanager
    async def away(self, name: str) -> AsyncIterator[None]:
        """kill -9, and nothing in its place until the block is left; returns when it is ready again."""
        self.hold(name)
        await self.gone(name)
        try:
            yield
        finally:
            await self.release(name)

    @asynccontextmanager
    async def frozen(self, name: str) -> AsyncIterator[None]:
        """SIGSTOP, and SIGCONT when the block is left."""
        self.send(name, signal.SIGSTOP)
        try:
            yield
        finally:
            self.send(name, signal.SIGCONT)

    async def ready(self, *names: str) -> None:
        """Wait until programs have answered since they were last started."""

        def all_ready() -> bool:
            state = self._files.read()
            return state is not None and all(state.programs[name].ready for name in names)

        await until(all_ready, f"{names} to be ready")

    async def says_ready(self, url: str) -> bool:
        """Whether the service at this address says now that it is ready."""
        async with httpx.AsyncClient(trust_env=False, timeout=5.0) as http:
            try:
                return (await http.get(f"{url}/readyz")).status_code == httpx.codes.OK
            except httpx.TransportError:
                return False

    async def until_ready(self, url: str, *, ready: bool = True) -> None:
        """Wait until the service at this address says that it is ready, or that it is not. Raises TimeoutError."""
        end = time.monotonic() + READY_LIMIT_SECONDS
        while await self.says_ready(url) is not ready:
            if time.monotonic() > end:
                raise TimeoutError(f"waited in vain for {url} to be {'' if ready else 'not '}ready")
            await asyncio.sleep(POLL_SECONDS)

    async def says(self, url: str) -> str:
        """What the service at this address says of how it does. Raises httpx.TransportError."""
        async with httpx.AsyncClient(trust_env=False, timeout=5.0) as http:
            return (await http.get(f"{url}/readyz")).text

    async def is_member(self, url: str) -> bool:
        """Whether the processor at this address counts itself in its group. Raises httpx.TransportError."""
        async with httpx.AsyncClient(trust_env=False, timeout=5.0) as http:
            return f"{MEMBER} 1.0" in (await http.get(f"{url}/metrics")).text.splitlines()

    async def says_why(self, url: str) -> bool:
        """Whether the processor at this address says what it waits for. Raises httpx.TransportError."""
        async with httpx.AsyncClient(trust_env=False, timeout=5.0) as http:
            told: dict[str, Any] = (await http.get(f"{url}/readyz")).json()
        return bool(told.get("worker", {}).get("why"))


async def until(holds: Callable[[], bool], what: str, limit_seconds: float = READY_LIMIT_SECONDS) -> None:
    """Wait until `holds()`. Raises TimeoutError that names what was waited for."""
    end = time.monotonic() + limit_seconds
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {limit_seconds:.0f} s in vain for {what}")
        await asyncio.sleep(POLL_SECONDS)
