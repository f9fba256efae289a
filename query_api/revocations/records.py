"""Compares what is known of a device, session or user with what a record of ``ecg.identity.v1`` says. Pure."""

from schemas.cloudevents import UndecodableEventError
from schemas.identity import KeyChange, Revocation, UserChanged, decode_identity
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
