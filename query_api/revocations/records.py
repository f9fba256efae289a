"""Compares what is known of a device, session or user with what a record of ``ecg.identity.v1`` says. Pure."""

from collections.abc import Collection, Mapping

from schemas.cloudevents import Record, UndecodableEventError
from schemas.identity import KeyChange, Revocation, UserChanged, decode_identity, encode_revocation
from schemas.identity.revocations import encode_over, is_over
from service_kit.engines.kafka.compacted_topic import Latest


def is_newer(one: Revocation, known: Revocation | None) -> bool:
    """Whether `one` says more than what is known of the same device, session or user."""
    if isinstance(one, UserChanged):
        return not isinstance(known, UserChanged) or known.value.changed_at < one.value.changed_at
    return known is None or isinstance(known, UserChanged) or known.value.until < one.value.until


def decoded(latest: Latest) -> Revocation | None:
    """The revocation in a record; None where there is none that can be read."""
    try:
        change = decode_identity(latest.key, latest.value)
    except UndecodableEventError:
        return None
    return None if isinstance(change, KeyChange) else change


def to_write(
    kept: Mapping[str, Revocation], records: Mapping[bytes, Latest], hidden: Collection[str], *, now: int
) -> tuple[list[Record], list[Record]]:
    """What is to be written of all that is kept, by the names of the records: what the topic lacks or what is `hidden`
    there, and what withdraws the records that end nothing any more. `now`: µs since the epoch.
    """
    wall = now / 1_000_000
    on_topic = {latest.key: decoded(latest) for latest in records.values()}
    due = [
        encode_revocation(one, time=now)
        for name, one in kept.items()
        if not is_over(one, wall) and (name in hidden or is_newer(one, on_topic.get(name.encode())))
    ]
    return due, [encode_over(one, time=now) for one in on_topic.values() if one and is_over(one, wall)]
