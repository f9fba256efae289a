"""What is relied on of aiokafka: records, requests, what is inside of producers and groups. No broker is asked."""

import asyncio
import inspect
import struct
import warnings
from collections.abc import Awaitable, Callable
from typing import cast

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.client import AIOKafkaClient, CoordinationType
from aiokafka.conn import collect_hosts
from aiokafka.consumer import fetcher
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.consumer.subscription_state import SubscriptionState
from aiokafka.errors import UnknownTopicOrPartitionError, for_code
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.protocol.admin import DescribeAclsRequest, DescribeConfigsRequest
from aiokafka.protocol.commit import OffsetFetchRequest
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c

from infra.access.kafka.protocol import Acl, CreateAcls, DeleteAcls, KeepSecrets, Secret
from service_kit.engines.kafka import group_member, header_names, publisher
from service_kit.engines.kafka.protocol import GroupRequest, TopicsRequest
from tests.unit.libraries.relying import parameters, relying

HEADERS, PROTOCOL = "service_kit/engines/kafka/header_names.py", "service_kit/engines/kafka/protocol.py"
PUBLISHER, MEMBER = "service_kit/engines/kafka/publisher.py", "service_kit/engines/kafka/group_member.py"
QUESTIONS, HANDSHAKE = "service_kit/engines/kafka/questions.py", "service_kit/engines/kafka/handshake.py"
ACCESS = "infra/access/kafka/protocol.py"
NOWHERE = "127.0.0.1:1"
PLACE = TopicPartition("uploads", 0)
# Of a batch: where its checksum stands, and from where it is counted.
CRC_AT, CHECKED_FROM = 17, 21


def batch(name: bytes) -> bytes:
    """A batch of two records, the second with a header of this name."""
    builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 100_000)
    builder.append(0, timestamp=1, key=b"k", value=b"first", headers=[])
    builder.append(1, timestamp=2, key=b"k", value=b"second", headers=[("é", b"v")])
    built = bytearray(bytes(builder.build()).replace("é".encode(), name))
    built[CRC_AT:CHECKED_FROM] = struct.pack(">I", calc_crc32c(built[CHECKED_FROM:]))
    return bytes(built)


def read(
    records: object, partition_records: Callable[..., object]
) -> list[tuple[bytes, list[tuple[str, bytes]]]]:
    found = partition_records(PLACE, records, None, 0, None, None, True, 0)
    return [(one.value, list(one.headers)) for one in found]  # type: ignore[attr-defined]


def test_a_header_name_that_is_no_text_stops_the_clients_own_reading() -> None:
    """If it no longer did, none of `header_names` would be needed."""
    # The fetcher's module may have the others by now.
    (records,), (partition_records,) = (
        header_names._Records.__bases__,
        header_names._PartitionRecords.__bases__,
    )
    with pytest.raises(UnicodeDecodeError):
        read(records(batch(b"\xc3\x28")), partition_records)


@pytest.mark.parametrize(("name", "expected"), [("é".encode(), "é"), (b"\xc3\x28", "\\xc3(")])
def test_records_are_read_on_by_the_plain_parser(name: bytes, expected: str) -> None:
    with relying(
        "a batch is read by MemoryRecords and PartitionRecords, and by the plain ones in their place",
        see=HEADERS,
    ):
        found = read(header_names._Records(batch(name)), header_names._PartitionRecords)
        assert found == [(b"first", []), (b"second", [(expected, b"v")])]


def test_the_fetcher_makes_its_parsers_by_the_names_that_are_exchanged() -> None:
    with relying(
        "the fetcher looks MemoryRecords and PartitionRecords up in its module when it reads", see=HEADERS
    ):
        source = inspect.getsource(fetcher.Fetcher)
        assert "= MemoryRecords(" in source
        assert "= PartitionRecords(" in source


def test_a_request_of_ours_is_one_of_the_clients() -> None:
    for request, key, version, flexible in (
        (TopicsRequest("uploads"), 3, 12, True),
        (GroupRequest("g"), 15, 4, False),
    ):
        with relying(
            "a Request is prepared for the versions of a broker, and encodes itself by its schema",
            see=PROTOCOL,
        ):
            prepared = request.prepare({key: (0, version)})
            assert key == prepared.API_KEY
            assert version == prepared.API_VERSION
            assert bool(getattr(prepared, "FLEXIBLE_VERSION", False)) is flexible
            assert prepared.encode()
            assert version == prepared.RESPONSE_TYPE.API_VERSION


def test_what_accounts_and_rights_are_made_by_is_there() -> None:
    acl = Acl(2, "uploads", 3, "User:u", "*", 3, 3)
    for request, key, version, flexible in (
        (CreateAcls([acl]), 30, 1, False),
        (DeleteAcls([acl]), 31, 1, False),
        (DescribeAclsRequest(1, None, 1, "User:u", None, 1, 1), 29, 1, False),
        (KeepSecrets([Secret("u", 4096, b"salt", b"salted")]), 51, 0, True),
    ):
        with relying(
            "the admin client's requests are made so, and a flexible one encodes itself", see=ACCESS
        ):
            prepared = request.prepare({key: (version, version)})
            assert (key, version) == (prepared.API_KEY, prepared.API_VERSION)
            assert bool(getattr(prepared, "FLEXIBLE_VERSION", False)) is flexible
            assert prepared.encode()


def test_the_requests_that_are_not_documented_are_there() -> None:
    with relying("OffsetFetchRequest and DescribeConfigsRequest are made so", see=QUESTIONS):
        OffsetFetchRequest("g", [("uploads", [0])])
        DescribeConfigsRequest([(2, "uploads", ["retention.ms"])])
        assert for_code(3) is UnknownTopicOrPartitionError


def test_the_client_below_asks_and_finds_coordinators() -> None:
    expected = {
        "bootstrap": [],
        "close": [],
        "send": ["node_id", "request"],
        "get_random_node": [],
        "coordinator_lookup": ["coordinator_type", "coordinator_key"],
        "fetch_all_metadata": [],
        "force_metadata_update": [],
    }
    for name, wanted in expected.items():
        with relying(f"AIOKafkaClient has {name}({', '.join(wanted)})", see=QUESTIONS):
            assert parameters(getattr(AIOKafkaClient, name))[: len(wanted)] == wanted
    with relying("a group is found by CoordinationType.GROUP", see=QUESTIONS):
        assert CoordinationType.GROUP == 0


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    async def ran() -> None:
        await scenario()

    asyncio.run(ran())


def test_a_producer_is_abandoned_by_what_its_stop_does_without_delivering() -> None:
    async def scenario() -> None:
        producer = AIOKafkaProducer(bootstrap_servers=NOWHERE)
        with relying("a producer has `_closed`, `_sender.close` and `client.close`", see=PUBLISHER):
            assert producer._closed is False
            assert inspect.iscoroutinefunction(producer._sender.close)
            assert inspect.iscoroutinefunction(producer.client.close)
            await publisher._abandon(producer)
        with (
            warnings.catch_warnings(),
            relying("one with `_closed` complains of nothing when it is forgotten", see=PUBLISHER),
        ):
            warnings.simplefilter("error")
            producer.__del__()

    run(scenario)


def test_a_consumer_knows_its_place_in_the_group() -> None:
    async def scenario() -> None:
        consumer = AIOKafkaConsumer(bootstrap_servers=NOWHERE, group_id="g")
        with relying("a consumer that was not started has no `_coordinator`, or None", see=MEMBER):
            assert group_member.member_id(consumer) is None
        client = AIOKafkaClient(bootstrap_servers=NOWHERE)
        coordinator = GroupCoordinator(client, SubscriptionState())
        consumer._coordinator = coordinator
        with relying(
            "a coordinator's `generation` is above 0 once it is a member, whose `member_id` it then has",
            see=MEMBER,
        ):
            assert group_member.member_id(consumer) is None
            coordinator.generation, coordinator.member_id = 1, "m"
            assert group_member.member_id(consumer) == "m"
        with relying("`request_rejoin` asks to share out anew", see=MEMBER):
            coordinator.request_rejoin()
            updated = cast("asyncio.Future[bool]", consumer._client.force_metadata_update())
            assert inspect.isawaitable(updated)
            updated.cancel()
        coordinator._coordination_task.cancel()
        consumer._closed = True
        await client.close()

    run(scenario)


def test_keys_go_where_kafkas_own_partitioner_puts_them() -> None:
    with relying("murmur2 is Kafka's", see=PUBLISHER):
        for number in range(50):
            key = f"owner/ecg-{number}".encode()
            assert publisher.partition_of(key, 16) == DefaultPartitioner()(key, list(range(16)), [])


def test_bootstrap_servers_are_read_as_the_client_reads_them() -> None:
    with relying("`collect_hosts` has each server's host and port, without brackets", see=HANDSHAKE):
        found = {(host, port) for host, port, _ in collect_hosts("one, two:2,[::1]:3")}
        assert found == {("one", 9092), ("two", 2), ("::1", 3)}
