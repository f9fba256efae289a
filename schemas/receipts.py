"""Receipts: where in Kafka an accepted upload lies, so that "not yet" can be told from "never".

A hint for its owner and never authority: whoever forges one learns only how far the processor has read.
"""

import base64
import binascii
import re
from dataclasses import dataclass

import msgspec

# A position in Kafka is 64 bits and a topic id 22 characters: nothing honest is longer.
_MAX_CHARACTERS = 128
# A UUID as Kafka prints it: base64 for URLs, without padding.
_TOPIC_ID = re.compile(r"[A-Za-z0-9_-]{22}")


@dataclass(frozen=True, slots=True)
class Receipt:
    """The position of an upload's last event.

    `topic_id`: what offsets are counted in. It is Kafka's own id of the topic, and not its name: a topic that was
    deleted and made again counts from 0 under another id.
    """

    topic_id: str
    partition: int
    offset: int


def encode_receipt(receipt: Receipt) -> str:
    """The receipt as text that needs no quoting in a URL."""
    fields = msgspec.json.encode([receipt.topic_id, receipt.partition, receipt.offset])
    return base64.urlsafe_b64encode(fields).rstrip(b"=").decode()


def decode_receipt(text: str) -> Receipt:
    """The receipt that `encode_receipt` gave. Raises ValueError for any other text."""
    try:
        if len(text) > _MAX_CHARACTERS:
            raise ValueError
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        fields = msgspec.json.decode(
            base64.b64decode(padded, altchars=b"-_", validate=True), type=tuple[str, int, int]
        )
    except (ValueError, binascii.Error, msgspec.MsgspecError):
        raise ValueError("not a receipt") from None
    receipt = Receipt(*fields)
    if _TOPIC_ID.fullmatch(receipt.topic_id) is None or not (
        0 <= receipt.partition < 2**31 and 0 <= receipt.offset < 2**63
    ):
        raise ValueError("not a receipt")
    return receipt
