"""What is asked of Cassandra: a statement, written down once beside the functions that run it, and its values.

What has to be known of a statement besides its text is said where the text is, and nobody reads the text for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """CQL with a `?` for each value. A constant: it is prepared once for each that is made.

    `conditional`: a lightweight transaction, which nobody may run twice; all else may be, as each write is stamped when
    it is made. `serial`: a read that ends transactions which were not confirmed, one way or the other, and sees what
    became of them. `list_key`: where one partition holds rows of many ECGs, so many of the first values name it.
    """

    cql: str
    conditional: bool = False
    serial: bool = False
    list_key: int = 0


Bound = tuple[Statement, Sequence[object]]


@dataclass(frozen=True, slots=True)
class Batch:
    """Writes of one partition, which are one mutation: all of them are seen, or none."""

    statements: Sequence[Bound]
