"""Receipts: where in Kafka an accepted upload lies, and what it is, so that its sender can be told what became of it:
"not yet" or "never", and whether this very content is the answer or another one that was sent under its id.

A hint for its owner and never authority: whoever forges one learns only how far the processor has read.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

import msgspec

# A position in Kafka is 64 bits, a topic id 22 characters and a hash 64: nothing honest is longer.
_MAX_CHARACTERS = 256
# What a receipt looks like, for the API's document.
SCHEMA: Mapping[str, Any] = {"maxLength": _MAX_CHARACTERS, "pattern": "^[A-Za-z0-9_-]+$"}
# A UUID as Kafka prints it: base64 for URLs, without padding.
_TOPIC_ID = re.compile(r"[A-Za-z0-9_-]{22}")
_CONTENT_HASH = re.compile(r"[0-9a-f]{64}")


class Receipt(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The position of an upload's last event, and its content hash.

    `topic_id`: what offsets are counted in. It is Kafka's own id of the topic, and not its name: a topic that was
    deleted and made again counts from 0 under another id.
    """

    topic_id: str
    partition: int
    offset: int
    content_hash: str


def encode_receipt(receipt: Receipt) -> str:
    """The receipt as text that needs no quoting in a URL."""
    return base64.urlsafe_b64encode(msgspec.json.encode(receipt)).rstrip(b"=").decode()


def decode_receipt(text: str) -> Receipt:
    """The receipt that `encode_receipt` gave. Raises ValueError for any other text."""
    try:
        if len(text) > _MAX_CHARACTERS:
            raise ValueError
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        receipt = msgspec.json.decode(base64.b64decode(padded, altchars=b"-_", validate=True), type=Receipt)
    except (ValueError, binascii.Error, msgspec.MsgspecError):
        raise ValueError("not a receipt") from None
    if not (
        _TOPIC_ID.fullmatch(receipt.topic_id)
        and 0 <= receipt.partition < 2**31
        and 0 <= receipt.offset < 2**63
        and _CONTENT_HASH.fullmatch(receipt.content_hash)
    ):
        raise ValueError("not a receipt")
    return receipt
