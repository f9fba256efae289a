"""Which partition, by Kafka's own rule; how a client connects, by the settings alone."""

import ssl

import pytest
from aiokafka.partitioner import murmur2
from pydantic import SecretStr

from service_kit.engines.kafka.publisher import client_options, partition_of
from service_kit.engines.kafka.settings import KafkaSettings

# From the tests of Kafka's own client: org.apache.kafka.common.utils.UtilsTest.testMurmur2.
JAVA_HASHES = {
    b"21": -973932308,
    b"foobar": -790332482,
    b"a-little-bit-long-string": -985981536,
    b"a-little-bit-longer-string": -1486304829,
    b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    b"abc": 479470107,
}


@pytest.mark.parametrize(("key", "expected"), JAVA_HASHES.items())
def test_keys_are_hashed_and_placed_as_the_java_client_does(key: bytes, expected: int) -> None:
    assert murmur2(key) & 0xFFFFFFFF == expected & 0xFFFFFFFF
    for partitions in (1, 3, 16, 50):
        assert partition_of(key, partitions) == (expected & 0x7FFFFFFF) % partitions


def test_a_plain_client_carries_no_secret() -> None:
    options = client_options(KafkaSettings(kafka="one:1,two:2"))
    assert options["bootstrap_servers"] == "one:1,two:2"
    assert options["security_protocol"] == "PLAINTEXT"
    assert not {"ssl_context", "sasl_mechanism", "sasl_plain_password"} & options.keys()


def test_a_client_that_signs_in_over_tls_has_all_it_needs() -> None:
    settings = KafkaSettings(
        kafka_security_protocol="SASL_SSL", kafka_username="ingest", kafka_password=SecretStr("word")
    )
    options = client_options(settings)
    assert options["ssl_context"].check_hostname
    assert options["ssl_context"].verify_mode is ssl.CERT_REQUIRED
    assert options["ssl_context"].minimum_version >= ssl.TLSVersion.TLSv1_2
    assert options["sasl_mechanism"] == "SCRAM-SHA-512"
    assert (options["sasl_plain_username"], options["sasl_plain_password"]) == ("ingest", "word")
