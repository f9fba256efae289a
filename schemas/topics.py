"""The topics: their names, partitions, and how long Kafka keeps them.

A topic's partitions are fixed when it is made: every topic about an ECG is partitioned by owner and ECG, so a
change would part an ECG from its own history. Growth is a new topic, ``.v2``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

PARTITIONS = 16

# No event is larger, headers and record overhead included.
MAX_EVENT_BYTES = 1_048_576
# A dead letter is the whole original and a few headers that say why.
MAX_DEAD_LETTER_BYTES = MAX_EVENT_BYTES + 65_536
RETENTION_DAYS = 30
_DAY_MS = 24 * 60 * 60 * 1000
_RETENTION_MS = RETENTION_DAYS * _DAY_MS
# Six years, as HIPAA asks of what documents access (45 CFR 164.316). The tables of the trail keep as long.
AUDIT_RETENTION_DAYS = 6 * 366
# The broker unpacks what a foreign producer packed: the limits then hold for what readers get, so that a dead letter
# always has room for its original, and no reader meets a codec that it lacks, which would stop it for ever.
_UNPACKED = {"compression.type": "uncompressed"}
# When a record was written is the broker's word. By the sender's, one whose clock is months behind has its uploads
# removed as too old, and one that is an hour ahead is refused. And the broker's clock comes back with each answer.
_TIMED_BY_BROKER = {"message.timestamp.type": "LogAppendTime"}


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic and its configuration, in Kafka's own words."""

    name: str
    partitions: int
    configs: Mapping[str, str]


def _kept(max_bytes: int) -> Mapping[str, str]:
    # Time alone decides: a limit in bytes would drop health data early on the one busy day it matters.
    return MappingProxyType(
        {
            "cleanup.policy": "delete",
            "retention.ms": str(_RETENTION_MS),
            "retention.bytes": "-1",
            "max.message.bytes": str(max_bytes),
            **_UNPACKED,
            **_TIMED_BY_BROKER,
        }
    )


_COMPACTED = MappingProxyType(
    {
        "cleanup.policy": "compact",
        "max.message.bytes": str(MAX_EVENT_BYTES),
        **_UNPACKED,
        **_TIMED_BY_BROKER,
    }
)

UPLOADED = Topic("ecg.uploaded.v1", PARTITIONS, _kept(MAX_EVENT_BYTES))
INSIGHTS = Topic("ecg.insights.v1", PARTITIONS, _COMPACTED)
DEAD_LETTERS = Topic("ecg.dead_letters.v1", PARTITIONS, _kept(MAX_DEAD_LETTER_BYTES))
# One partition: its few records are read to the end before a service is ready.
IDENTITY = Topic("ecg.identity.v1", 1, _COMPACTED)
# Entries repeat each other: packed they take an eighth. The broker does it, and every reader knows this codec.
AUDIT = Topic(
    "ecg.audit.v1",
    PARTITIONS,
    MappingProxyType(
        {
            **_kept(MAX_EVENT_BYTES),
            "retention.ms": str(AUDIT_RETENTION_DAYS * _DAY_MS),
            "compression.type": "gzip",
        }
    ),
)

# One partition, of an event for a device and ten seconds in which something was refused to it.
REFUSALS = Topic("ecg.refusals.v1", 1, _kept(MAX_EVENT_BYTES))

TOPICS = (UPLOADED, INSIGHTS, DEAD_LETTERS, IDENTITY, AUDIT, REFUSALS)
