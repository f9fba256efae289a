"""Uploads without a pause, as devices would, and remembers everything: ids, counts, answers, times.

A device keeps one connection and sends one ECG after the other. After 408, 429, any 5xx, a timeout or a broken
connection it sends the same again, after the time it was asked to wait, until it gets a 202 or is told to give up.
"""

import asyncio
import json
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import httpx

from ecg_client.retries import RETRIED_STATUSES
from faults.ledger import Attempt, Ledger, Sender, Upload
from faults.recordings import Mix

# Longer than the service may take, so that a hang is seen as one and not cut short by the device.
REQUEST_SECONDS = 60.0
# After a broken connection, and where no time was named.
PAUSE_SECONDS = 0.3


class UnexpectedAnswerError(Exception):
    """An answer that no fault excuses: the upload is valid, so only 202 and what may be retried are right."""


class Driver:
    """Uploads from `connections` devices of the senders in turn, `per_second` new ECGs in all, from entering the
    block to leaving it or `stop`.

    `prefix` begins the id of each ECG and is unique to this run. What was sent and answered is in `ledger`.
    """

    def __init__(
        self,
        ingest_url: str,
        senders: Sequence[Sender],
        *,
        prefix: str,
        connections: int = 6,
        per_second: float = 30.0,
        mix: Mix | None = None,
    ) -> None:
        self.ledger = Ledger()
        self._url = f"{ingest_url}/v1/ecgs"
        self.senders = senders
        self.prefix = prefix
        self._connections = connections
        self._pause = connections / per_second
        self._mix = mix or Mix()
        self._stopping = asyncio.Event()
        self._devices: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._devices = [asyncio.create_task(self._device(number)) for number in range(self._connections)]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            await self.stop()
        for device in self._devices:
            device.cancel()
        await asyncio.gather(*self._devices, return_exceptions=True)

    async def stop(self, *, give_up_seconds: float = 60.0) -> None:
        """Begin no further ECG, and return when each that was begun has its 202.

        One that has none after `give_up_seconds` is left as it is: the system owes it nothing. Raises
        UnexpectedAnswerError where a device met one.
        """
        self._stopping.set()
        _, late = await asyncio.wait(self._devices, timeout=give_up_seconds)
        for device in late:
            device.cancel()
        for ended in await asyncio.gather(*self._devices, return_exceptions=True):
            if isinstance(ended, Exception):
                raise ended

    async def send(self, upload: Upload) -> None:
        """Send one more ECG, besides what the devices send, until it has its 202."""
        self.ledger.uploads.append(upload)
        async with httpx.AsyncClient(trust_env=False, timeout=REQUEST_SECONDS) as http:
            await self._send(http, upload)

    async def _device(self, device: int) -> None:
        sender = self.senders[device % len(self.senders)]
        async with httpx.AsyncClient(trust_env=False, timeout=REQUEST_SECONDS) as http:
            count = 0
            due = time.monotonic() + self._pause * device / self._connections
            while not await self._told_to_stop(due - time.monotonic()):
                number = count * self._connections + device
                upload = Upload(f"{self.prefix}-{number:06d}", sender, self._mix.recording(number))
                self.ledger.uploads.append(upload)
                await self._send(http, upload)
                count += 1
                # Not to catch up what an outage held back: the rate is what devices make, the rest is retries.
                due = max(due + self._pause, time.monotonic())

    async def _told_to_stop(self, seconds: float) -> bool:
        if seconds > 0:
            try:
                await asyncio.wait_for(self._stopping.wait(), seconds)
            except TimeoutError:
                return False
        return self._stopping.is_set()

    async def _send(self, http: httpx.AsyncClient, upload: Upload) -> None:
        body = upload.recording.body(upload.ecg_id)
        while True:
            attempt = await self._attempt(http, upload, body)
            upload.attempts.append(attempt)
            if attempt.answer == "accepted":
                return
            if attempt.status is not None and attempt.status not in RETRIED_STATUSES:
                raise UnexpectedAnswerError(f"{upload.ecg_id} was answered with {attempt.status}")
            await asyncio.sleep(PAUSE_SECONDS if attempt.retry_after is None else attempt.retry_after)

    async def _attempt(self, http: httpx.AsyncClient, upload: Upload, body: bytes) -> Attempt:
        began = time.monotonic()
        headers = {"Authorization": f"Bearer {upload.sender.token}", "Content-Type": "application/json"}
        try:
            response = await http.post(self._url, content=body, headers=headers)
        except httpx.TransportError:
            return Attempt(began, time.monotonic() - began, "unknown")
        after = response.headers.get("retry-after")
        return answered(
            began,
            response.status_code,
            None if after is None else float(after),
            response.content,
            response.headers.get("location"),
        )


def answered(
    began: float, status: int, retry_after: float | None, content: bytes, location: str | None = None
) -> Attempt:
    """An attempt that began then and was answered just now."""
    seconds = time.monotonic() - began
    if status != httpx.codes.ACCEPTED:
        return Attempt(began, seconds, "refused", status, retry_after)
    told = json.loads(content)
    return Attempt(
        began,
        seconds,
        "accepted",
        status,
        accepted_at=told["accepted_at"],
        content_hash=told["content_hash"],
        location=location,
    )
