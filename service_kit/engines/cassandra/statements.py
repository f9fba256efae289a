"""What is asked of Cassandra: a statement and its values, or some that are one write."""

from collections.abc import Sequence
from dataclasses import dataclass

Statement = tuple[str, Sequence[object]]


@dataclass(frozen=True, slots=True)
class Batch:
    """Writes of one partition, which are one mutation: all of them are seen, or none."""

    statements: Sequence[Statement]
