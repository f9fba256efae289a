"""The root of trust of ``ecg.identity.v1``: a key that signs the records of that topic, and nothing else.

Who can write to the topic, without the root, makes no key believed, withdraws none, and neither revokes anything nor
takes back what was revoked: a reader that knows the root's public half passes over whatever it has not signed. Its
private half is with the query API alone.
"""

import base64
import logging
from collections.abc import Callable, Sequence

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from schemas.cloudevents import Record
from schemas.identity import ROOT_SIGNATURE, what_is_sealed
from service_kit import metrics
from service_kit.engines.kafka.compacted_topic import Latest
from service_kit.log_limits import LogLimit

_log = logging.getLogger(__name__)

Roots = Sequence[Ed25519PublicKey]


def roots_of(listed: str) -> Roots:
    """The public halves of roots, each its 32 bytes in base64url, with commas between. Raises ValueError."""
    return [Ed25519PublicKey.from_public_bytes(_decoded(one.strip().encode())) for one in listed.split(",")]


def sealed(root: Ed25519PrivateKey, record: Record) -> Record:
    """The record with the root's signature as a header."""
    signature = base64.urlsafe_b64encode(root.sign(what_is_sealed(record))).rstrip(b"=")
    return Record(record.key, record.value, [*record.headers, (ROOT_SIGNATURE, signature)])


def is_sealed(roots: Roots, latest: Latest) -> bool:
    """Whether one of the roots has signed this record."""
    return any(_has_signed(root, latest) for root in roots)


def believing(roots: Roots) -> Callable[[Latest], bool]:
    """For `CompactedTopic`: as `is_sealed`, and says of every minute in which something is not."""
    told = LogLimit()

    def believes(latest: Latest) -> bool:
        if is_sealed(roots, latest):
            return True
        metrics.UNSEALED.inc()
        if times := told.count("unsealed"):
            _log.error(
                "passed over what the root of trust has not signed: somebody else writes to ecg.identity.v1",
                extra={"offset": latest.offset, "times": times},
            )
        return False

    return believes


def _has_signed(root: Ed25519PublicKey, latest: Latest) -> bool:
    signature = dict(latest.headers).get(ROOT_SIGNATURE)
    # Kafka has headers without a value, too.
    if signature is None or any(value is None for _, value in latest.headers):
        return False
    try:
        root.verify(
            _decoded(signature), what_is_sealed(Record(latest.key, latest.value, list(latest.headers)))
        )
    except (ValueError, InvalidSignature):
        return False
    return True


def _decoded(text: bytes) -> bytes:
    """Of base64url without its padding. Raises ValueError."""
    return base64.b64decode(text + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
