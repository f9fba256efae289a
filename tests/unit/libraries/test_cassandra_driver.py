"""What is relied on of the Cassandra driver: a connection's handshake and frames, statements. No node is asked."""

import asyncio
import logging
from typing import Any

from cassandra import ConsistencyLevel, ProtocolVersion
from cassandra.cluster import Cluster, ResponseFuture
from cassandra.connection import Connection, ConnectionException, DefaultEndPoint, _Frame
from cassandra.protocol import OptionsMessage
from cassandra.query import BatchStatement, BoundStatement, PreparedStatement

from service_kit.engines.cassandra.connection import _HEADER, Reactor
from tests.unit.libraries.relying import parameters, relying

CONNECTION, RING = "service_kit/engines/cassandra/connection.py", "service_kit/engines/cassandra/ring.py"
RESULTS = "service_kit/engines/cassandra/results.py"
OPTIONS, STARTUP, SUPPORTED, READY = 0x05, 0x01, 0x06, 0x02
# Of SUPPORTED: COMPRESSION with none, CQL_VERSION with one.
SUPPORTED_BODY = b"\x00\x02\x00\x0bCOMPRESSION\x00\x00\x00\x0bCQL_VERSION\x00\x01\x00\x053.4.7"


class Pushed(Connection):  # type: ignore[misc]
    """A connection that keeps what it would send."""

    def __init__(self) -> None:
        super().__init__(
            DefaultEndPoint("192.0.2.1", 9042), protocol_version=ProtocolVersion.V4, connect_timeout=5
        )
        self.sent: list[bytes] = []

    def push(self, data: bytes) -> None:
        self.sent.append(data)

    def close(self) -> None:
        self.is_closed = True

    def answered(self, stream: int, opcode: int, body: bytes) -> None:
        self.process_msg(_Frame(4, 0, stream, opcode, _HEADER.size, _HEADER.size + len(body)), body)


def test_a_handshake_is_frames_of_protocol_4_pushed_and_processed() -> None:
    connection = Pushed()
    with relying(
        "`_send_options_message` pushes a frame of protocol 4, its header as we read it", see=CONNECTION
    ):
        connection._send_options_message()
        version, _, stream, opcode, length = _HEADER.unpack_from(connection.sent[0])
        assert (version, opcode, length) == (4, OPTIONS, len(connection.sent[0]) - _HEADER.size)
    with relying(
        "`process_msg(_Frame(...), body)` takes an answer, and the handshake goes on by itself",
        see=CONNECTION,
    ):
        connection.answered(stream, SUPPORTED, SUPPORTED_BODY)
        _, _, stream, opcode, _ = _HEADER.unpack_from(connection.sent[1])
        assert opcode == STARTUP
    with relying("READY ends it: `connected_event` is set", see=CONNECTION):
        assert not connection.connected_event.is_set()
        connection.answered(stream, READY, b"")
        assert connection.connected_event.is_set()
        assert connection.last_error is None


def test_a_connection_that_fails_tells_whoever_waits() -> None:
    connection = Pushed()
    told: list[Any] = []
    with relying("`error_all_requests` gives an error to each callback of `send_msg`", see=CONNECTION):
        connection.send_msg(OptionsMessage(), connection.get_request_id(), told.append)
        connection.error_all_requests(ConnectionException("gone"))
        assert [isinstance(one, ConnectionException) for one in told] == [True]
    with relying("`defunct` marks a connection, closes it and sets `connected_event`", see=CONNECTION):
        connection.defunct(ConnectionException("gone"))
        assert connection.is_defunct
        assert connection.is_closed
        assert connection.connected_event.is_set()


def test_what_a_connection_is_made_of() -> None:
    connection = Pushed()
    with relying("a connection has these names, and its endpoint these", see=CONNECTION):
        assert connection.endpoint.resolve() == ("192.0.2.1", 9042)
        assert connection.endpoint.address == "192.0.2.1"
        assert (connection.ssl_context, connection.ssl_options, connection.connect_timeout) == (None, {}, 5)
        assert connection.is_defunct is False
        with connection.lock:
            before = len(connection.request_ids)
            connection.request_ids.append(connection.get_request_id())
            assert len(connection.request_ids) == before
        assert connection.orphaned_threshold < 2**15
    expected = {
        "send_msg": ["msg", "request_id", "cb"],
        "wait_for_responses": [],
        "create_timer": [],
    }
    for name, wanted in expected.items():
        with relying(f"Connection has {name}({', '.join(wanted)} ...)", see=CONNECTION):
            assert parameters(getattr(Connection, name))[: len(wanted)] == wanted


def test_a_cluster_connects_by_our_class() -> None:
    async def scenario() -> None:
        made = Reactor().connection_class()
        cluster = Cluster(["192.0.2.1"], connection_class=made, protocol_version=4)
        with relying("`Cluster(connection_class=...)` is what connections are made of", see=CONNECTION):
            assert cluster.connection_class is made
        cluster.shutdown()

    asyncio.run(scenario())


def prepared() -> PreparedStatement:
    return PreparedStatement(
        [], b"id", None, "SELECT now() FROM system.local", "ecg", ProtocolVersion.V4, [], b"", None
    )


def test_what_is_said_of_a_prepared_statement_is_true_of_what_is_bound() -> None:
    statement = prepared()
    with relying(
        "`is_idempotent` and `consistency_level` go from a prepared statement to its bound ones", see=RING
    ):
        assert statement.bind(()).is_idempotent is False
        statement.is_idempotent = True
        statement.consistency_level = ConsistencyLevel.SERIAL
        bound = statement.bind(())
        assert isinstance(bound, BoundStatement)
        assert (bound.is_idempotent, bound.consistency_level) == (True, ConsistencyLevel.SERIAL)
    with relying("`is_idempotent` of a batch can be said", see=RING):
        batch = BatchStatement()
        batch.is_idempotent = True
        assert batch.is_idempotent


def test_an_answer_is_told_by_callbacks() -> None:
    with relying("`add_callbacks(callback, errback, callback_args=...)`", see=RESULTS):
        assert parameters(ResponseFuture.add_callbacks)[:3] == ["callback", "errback", "callback_args"]


def test_warnings_of_cassandra_come_by_the_logger_that_is_filtered() -> None:
    with relying(
        "the driver logs Cassandra's warnings as cassandra.protocol",
        see="service_kit/engines/cassandra/database.py",
    ):
        from cassandra import protocol  # noqa: PLC0415

        assert protocol.log is logging.getLogger("cassandra.protocol")
