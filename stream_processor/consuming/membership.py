"""Is this worker in its group, as the group itself sees it, and is it alone under its name?

A worker has a name over its restarts, so that the group need not wait for one that was killed. A copied configuration
gives two workers one name: Kafka then takes the later one for the earlier one's restart, and the two would throw each
other out for ever. So whoever finds its name taken by a worker that is alive does not start, and who is thrown out
stops. The name ends with the topic's id: Kafka brings a known member's partitions back as they were, and a topic that
was made again is shared out anew.
"""

import asyncio
import os
import re
import socket
import time

from schemas.topics import PARTITIONS
from service_kit.engines.errors import EngineAwayError
from service_kit.engines.kafka.questions import Member, Questions
from stream_processor.consuming.log_identity import GROUP
from stream_processor.retrying import Retrying
from stream_processor.stopping import CannotGoOnError

_HOST = socket.gethostname()
# With the time: two containers may have one host name, and each its first process.
CLIENT_ID = f"{GROUP}@{_HOST}#{os.getpid()}-{time.time_ns()}"
_CLIENT_ID = re.compile(rf"{GROUP}@(?P<host>.*)#(?P<pid>\d+)-\d+")
_LOOK_SECONDS = 1.0


class TwinError(CannotGoOnError):
    """Another worker that is alive has this one's name."""


class Membership:
    """`session_seconds`: after so long the group misses a member that is dead."""

    def __init__(self, questions: Questions, name: str, *, session_seconds: float) -> None:
        self._questions = questions
        self._name = name
        self._instance_id = ""
        self._patience = session_seconds + _LOOK_SECONDS
        # When it last was a member, by the steady clock; None before it ever was.
        self._last_member: float | None = None
        self.is_member = False
        self.has_too_few = False
        self.waiting = Retrying()

    async def enter(self, topic_id: str) -> str:
        """Wait until nobody who is alive has this worker's name; the name in full.

        Whoever was killed on this host is known to be dead; of others that shows when the group misses them. Raises
        TwinError.
        """
        self._instance_id = f"{self._name}-{topic_id}"
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._patience
        while (holder := self._alive(await self._members())) is not None:
            if loop.time() > deadline:
                raise TwinError(f"{holder.client_id} is alive and has the name {self._name}")
            await asyncio.sleep(_LOOK_SECONDS)
        return self._instance_id

    async def look(self, member_id: str | None, partitions: int) -> None:
        """See who is in the group. `member_id`: what this worker believes to be; `partitions`: how many it reads.

        Raises TwinError, and EngineAwayError.
        """
        try:
            members = await self._questions.members(GROUP)
        except EngineAwayError:
            self.is_member = False
            raise
        holder = self._holder(members)
        self.is_member = holder is not None and holder.member_id == member_id
        if holder is not None and self._is_taken(holder):
            raise TwinError(f"{holder.client_id} has taken the name {self._name}")
        self.has_too_few = self.is_member and not partitions and len(members) <= PARTITIONS

    def _is_taken(self, holder: Member) -> bool:
        """Whether somebody else holds the name for good. Kafka may go on to tell the client that held it before."""
        now = time.monotonic()
        if self.is_member:
            self._last_member = now
        if self._last_member is None or self.is_member:
            return False
        if holder.client_id != CLIENT_ID and not is_dead(holder.client_id):
            return True
        return now - self._last_member > self._patience

    async def _members(self) -> list[Member]:
        return await self.waiting.until_done(lambda: self._questions.members(GROUP))

    def _alive(self, members: list[Member]) -> Member | None:
        """Who has the name, whatever topic it was entered with, and is not known to be dead."""
        end = len(self._instance_id) - len(self._name)
        return next(
            (
                one
                for one in members
                if (one.instance_id or "")[:-end] == self._name and not is_dead(one.client_id)
            ),
            None,
        )

    def _holder(self, members: list[Member]) -> Member | None:
        return next((one for one in members if one.instance_id == self._instance_id), None)


def is_dead(client_id: str) -> bool:
    """Whether a worker is known to be dead: it ran on this host, and its process is gone, or is this one's own number
    after a restart of the container.
    """
    worker = _CLIENT_ID.fullmatch(client_id)
    if worker is None or worker["host"] != _HOST:
        return False
    pid = int(worker["pid"])
    if pid == os.getpid():
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
