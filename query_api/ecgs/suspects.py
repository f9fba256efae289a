"""Marks what was accepted from a device when it was in doubt: lost, and not in its owner's hands."""

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

import msgspec

from query_api.ecgs.answers import EcgAnswer
from query_api.ecgs.by_recording import EcgItem
from query_api.ecgs.store import EcgStore
from schemas.times import parse_rfc3339

Told = TypeVar("Told", EcgItem, EcgAnswer)


async def marked(store: EcgStore, owner_id: UUID, told: Sequence[Told]) -> list[Told]:
    """What is told of the owner's ECGs, with the mark where it belongs. Raises EngineAwayError.

    Asks nothing where no device sent any of them.
    """
    devices = {one.device_id for one in told if one.device_id is not None}
    if not devices:
        return list(told)
    doubts = await store.doubts(owner_id, sorted(devices))
    return [
        msgspec.structs.replace(one, suspect=True) if _is_suspect(one, doubts.get(one.device_id)) else one
        for one in told
    ]


def _is_suspect(told: EcgItem | EcgAnswer, doubt: int | None) -> bool:
    return doubt is not None and told.accepted_at is not None and parse_rfc3339(told.accepted_at) >= doubt
