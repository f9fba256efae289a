"""``ecg.audit.v1``: who did and saw what, in blocks that are hash-chained and sealed by whoever wrote them.

An entry is one thing that happened. A block holds the entries of about a second of one process of a service, its
writer, and is one event. The blocks of a writer are its chain: each has a number and the hash of the one before.
Nothing there is a secret, a sample or an e-mail address: people, ECGs and keys are told by their ids.
"""

import hashlib
from typing import Annotated, Generic, Literal, TypeVar
from uuid import UUID

import msgspec

from schemas.claims import Role
from schemas.cloudevents import Attributes, Headers, Record, UndecodableEventError, event_id, headers
from schemas.times import parse_rfc3339

EVENT_TYPE = "ecg.audit.v1"
SOURCE = "/query_api"
CONTENT_TYPE = "application/json"
# The previous hash of a chain's first block.
NO_HASH = "0" * 64

Action = Literal[
    "ecg.read",
    "ecg.insights.read",
    "ecg.status.read",
    "ecg.list",
    "audit.read",
    "audit.identity.read",
    "user.create",
    "user.read",
    "user.list",
    "user.sign_in",
    "user.sign_in_by_provider",
    "user.exchange_token",
    "user.link",
    "user.refresh",
    "user.sign_out",
    "user.invite",
    "user.redeem_invitation",
    "user.change_password",
    "user.change_role",
    "user.deactivate",
    "user.reactivate",
    "device.issue",
    "device.pair",
    "device.rename",
    "device.revoke",
    "device.read",
    "device.list",
    "key.add",
    "key.remove",
    "key.use",
    "audit.start",
    "audit.interrupted",
    "audit.lost",
]
"""What happened. docs/audit.md says of each what its entry holds."""

Outcome = Literal["success", "failure", "limited"]
"""Limited: refused unjudged, after too many failures; told once a minute for each account, with how often."""

_Instant = Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})]
_Hash = Annotated[str, msgspec.Meta(extra_json_schema={"pattern": "^[0-9a-f]{64}$"})]
_Count = Annotated[int, msgspec.Meta(ge=0)]


class AuditEntry(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One thing that happened. What is not known, or does not apply, is left out.

    `actor`: who did it, with their `role` and `token_id`, and by which device of theirs, if by one; left out where it
    was nobody known, or the service itself.
    `owner`: whose data or account it is about. `entities`: what was shown or changed, each as ``kind/id``. `address`,
    `agent`, `request`: from where, by what program, in which request. `count`: how often it happened, of what is told
    once for all.
    """

    time: _Instant
    action: Action
    outcome: Outcome
    actor: UUID | None = None
    role: Role | None = None
    token_id: str | None = None
    device_id: UUID | None = None
    owner: UUID | None = None
    entities: tuple[str, ...] = ()
    address: str | None = None
    agent: str | None = None
    request: str | None = None
    count: _Count | None = None


class ChainEnd(msgspec.Struct, frozen=True):
    """Where a writer found the chain of one before it ended without a word: the number and hash of its last block."""

    chain: UUID
    sequence: _Count
    hash: _Hash


class AuditBlock(msgspec.Struct, frozen=True, omit_defaults=True):
    """The value of an event. `sequence` counts from 0. `previous`: SHA-256 of the value of the block before.

    `ended`: chains that this writer found without an end. `closed`: the chain's last, as its writer was told to stop.
    """

    chain: UUID
    sequence: _Count
    previous: _Hash
    began_at: _Instant
    ended: tuple[ChainEnd, ...] = ()
    entries: tuple[AuditEntry, ...] = ()
    closed: bool = False


class Sealed(msgspec.Struct, frozen=True):
    """A block as it is in Kafka: its bytes, and the seal that its headers tell of.

    `seal`: the Ed25519 signature, in hex, of `sealed_text` of the bytes, by the private half of `seal_key`.
    """

    value: bytes
    block: AuditBlock
    seal: str
    seal_key: str

    @property
    def hash(self) -> str:
        """What the next block of the chain has as `previous`."""
        return hash_of(self.value)


_decoder = msgspec.json.Decoder(AuditBlock)
Entry = TypeVar("Entry")
Block = TypeVar("Block", AuditBlock, "Written[Filed]")


def hash_of(value: bytes) -> str:
    """SHA-256 of a block's value, in hex."""
    return hashlib.sha256(value).hexdigest()


def sealed_text(value: bytes) -> bytes:
    """What is signed of a block: its hash, and what it is the hash of, so that no other signature can stand for it."""
    return f"{EVENT_TYPE}\n{hash_of(value)}".encode()


def decode_block(value: bytes) -> AuditBlock:
    """The block of an event's value. Raises UndecodableEventError."""
    return _decoded(_decoder, value)


def chain_key(chain: UUID) -> bytes:
    """Record key of a chain's blocks, and what their partition is chosen from: they stay in order."""
    return str(chain).encode()


class Filed(msgspec.Struct):
    """As much of an entry as whoever files it has to understand."""

    action: str
    actor: str | None = None
    owner: str | None = None
    entities: tuple[str, ...] = ()


class Written(msgspec.Struct, Generic[Entry]):
    """As much of a block as whoever brings it on has to understand: what a later version writes goes on as well.

    `entries`: as `Filed`, or as the bytes that they are (`msgspec.Raw`).
    """

    chain: UUID
    sequence: int
    began_at: str
    entries: tuple[Entry, ...] = ()


_written = msgspec.json.Decoder(Written[Filed])


def is_block(value: bytes) -> bool:
    """Whether this is a block's value, which may be sent and filed."""
    try:
        _decoded(_written, value)
    except UndecodableEventError:
        return False
    return True


def encode_audit(value: bytes, *, seal: str, seal_key: str) -> Record:
    """The block of these bytes, with its seal, as a Kafka record. Raises UndecodableEventError where it is none."""
    block = _decoded(_written, value)
    rendered = headers(
        event_type=EVENT_TYPE,
        source=SOURCE,
        id=event_id(EVENT_TYPE, block.chain, block.sequence),
        time=parse_rfc3339(block.began_at),
        content_type=CONTENT_TYPE,
        extensions={
            "chain": block.chain,
            "sequence": block.sequence,
            "hash": hash_of(value),
            "seal": seal,
            "sealkey": seal_key,
        },
    )
    return Record(chain_key(block.chain), value, rendered)


def decode_audit(key: bytes | None, value: bytes | None, received: Headers) -> Sealed:
    """The block of a Kafka record; whether its seal is good is another question. Raises UndecodableEventError."""
    attributes = Attributes(received, event_type=EVENT_TYPE, content_type=CONTENT_TYPE)
    block = decode_block(value or b"")
    if key != chain_key(block.chain):
        raise UndecodableEventError("the record's key is not that of its chain")
    return Sealed(value or b"", block, attributes.required("seal"), attributes.required("sealkey"))


def _decoded(decoder: "msgspec.json.Decoder[Block]", value: bytes) -> Block:
    try:
        value.decode()
        block = decoder.decode(value)
        parse_rfc3339(block.began_at)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise UndecodableEventError("the value is not an audit block") from None
    return block
