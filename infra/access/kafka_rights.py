"""What each account may do in Kafka. The broker and the operator may do everything; what is not here is refused."""

from dataclasses import dataclass
from typing import Literal

from infra.access.accounts import ANALYST, INGEST, PROCESSOR, QUERY
from schemas.topics import AUDIT, DEAD_LETTERS, IDENTITY, INSIGHTS, REFUSALS, UPLOADED

# By Kafka's own rule, who may read or write a topic or a group may ask for its description as well.
Operation = Literal["read", "write", "describe", "describe_configs"]


@dataclass(frozen=True, slots=True)
class Right:
    """An account may do this with a topic, a group or the cluster; `prefix`: with all whose names begin like this."""

    account: str
    operation: Operation
    kind: Literal["topic", "group", "cluster"]
    name: str
    prefix: bool = False


PROCESSOR_GROUP, QUERY_GROUP = "stream_processor", "query_api"
ANALYST_GROUPS = "analyst"
# Kafka's own name for all of it.
CLUSTER = "kafka-cluster"

RIGHTS = frozenset(
    {
        Right(INGEST, "write", "topic", UPLOADED.name),
        Right(INGEST, "read", "topic", IDENTITY.name),
        # How full the disks are.
        Right(INGEST, "describe", "cluster", CLUSTER),
        Right(INGEST, "write", "topic", REFUSALS.name),
        Right(PROCESSOR, "read", "topic", UPLOADED.name),
        # Whether it has been away for nearly as long as uploads are kept.
        Right(PROCESSOR, "describe_configs", "topic", UPLOADED.name),
        Right(PROCESSOR, "read", "group", PROCESSOR_GROUP),
        Right(PROCESSOR, "write", "topic", INSIGHTS.name),
        Right(PROCESSOR, "write", "topic", DEAD_LETTERS.name),
        # By the id of the topic it knows whether a receipt is of today's log.
        Right(QUERY, "describe", "topic", UPLOADED.name),
        Right(QUERY, "read", "topic", INSIGHTS.name),
        Right(QUERY, "read", "topic", IDENTITY.name),
        Right(QUERY, "write", "topic", IDENTITY.name),
        Right(QUERY, "write", "topic", AUDIT.name),
        # Its commands verify and restore the trail.
        Right(QUERY, "read", "topic", AUDIT.name),
        Right(QUERY, "read", "topic", REFUSALS.name),
        Right(QUERY, "read", "group", QUERY_GROUP),
        Right(ANALYST, "read", "topic", UPLOADED.name),
        Right(ANALYST, "read", "topic", INSIGHTS.name),
        Right(ANALYST, "read", "topic", DEAD_LETTERS.name),
        Right(ANALYST, "read", "group", ANALYST_GROUPS, prefix=True),
    }
)
