"""What a failure of Cassandra's means: it is away, it lacks something of ours, or we asked for what is no question."""

import re

from cassandra import (
    DriverException,
    InvalidRequest,
    OperationTimedOut,
    RequestExecutionException,
    Unauthorized,
)
from cassandra.cluster import NoHostAvailable
from cassandra.connection import ConnectionException

from service_kit import tls
from service_kit.engines.errors import EngineAwayError, StoreIncompleteError

ENGINE = "cassandra"

_PASSING = (
    NoHostAvailable,
    OperationTimedOut,
    RequestExecutionException,
    ConnectionException,
    TimeoutError,
    OSError,
)
# Cassandra has one code for all that is wrong with a statement; what of it heals by itself is in the words. They quote
# names of ours alone. The second of the first is what version 4 says.
_TABLE = re.compile(r"(?:table (\w+) does not exist|unconfigured table (\w+))", re.IGNORECASE)
_COLUMN = re.compile(r"undefined column name (\w+) in table (?:\w+\.)?(\w+)", re.IGNORECASE)
_KEYSPACE = re.compile(r"keyspace '?(\w+)'? does not exist", re.IGNORECASE)


def judged(error: Exception, keyspace: str) -> Exception:
    """What to raise for it: EngineAwayError, StoreIncompleteError, or the error itself where asking again is vain."""
    if isinstance(error, Unauthorized):
        return StoreIncompleteError(ENGINE, "a right of the user that this service signs in as is missing")
    if isinstance(error, InvalidRequest):
        return _lacking(str(error), keyspace) or error
    return away(error) if isinstance(error, _PASSING) or _is_of_a_closed_driver(error) else error


def _is_of_a_closed_driver(error: Exception) -> bool:
    """Whether the driver's threads had ended when it wanted to ask another node: its ring was left for another one, or
    the service stops.
    """
    return type(error) is RuntimeError and "after shutdown" in str(error)


def away(error: Exception) -> EngineAwayError:
    """Of a failure that is Cassandra's, whatever it is."""
    of_nodes = error.errors if isinstance(error, NoHostAvailable) else {}
    causes = of_nodes.values() if isinstance(of_nodes, dict) else ()
    of_tls = next(filter(None, map(tls.failure, (error, *causes))), None)
    return EngineAwayError(ENGINE, of_tls or type(error).__name__)


def keyspace_missing(keyspace: str) -> StoreIncompleteError:
    """There is a Cassandra, and nothing of ours in it."""
    return StoreIncompleteError(ENGINE, f"the keyspace {keyspace} is missing")


def table_missing(keyspace: str, table: str) -> StoreIncompleteError:
    """The keyspace is there and this table is not."""
    return StoreIncompleteError(ENGINE, f"the table {keyspace}.{table} is missing")


def _lacking(said: str, keyspace: str) -> StoreIncompleteError | None:
    if found := _TABLE.search(said):
        return table_missing(keyspace, found[1] or found[2])
    if found := _COLUMN.search(said):
        return StoreIncompleteError(ENGINE, f"the column {found[1]} of {keyspace}.{found[2]} is missing")
    if found := _KEYSPACE.search(said):
        return keyspace_missing(found[1])
    return None


def of_connecting(error: DriverException | NoHostAvailable | OSError, keyspace: str) -> EngineAwayError:
    """Of a failure to connect, which is never in vain."""
    meant = judged(error, keyspace)
    return meant if isinstance(meant, EngineAwayError) else away(error)
