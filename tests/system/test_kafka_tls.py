"""TLS to Kafka: believed is only who the operator's certificates vouch for, under the name that was asked for."""

import asyncio
import logging
import ssl
from pathlib import Path

import pytest

from harness import access
from harness.certificates import Authority
from harness.links import link_to
from harness.running import Engines
from service_kit.engines.errors import EngineAwayError
from service_kit.engines.kafka.publisher import Publisher
from service_kit.engines.kafka.settings import KafkaSettings

HERE, ELSEWHERE = "127.0.0.1", "127.0.0.2"
LIMIT_SECONDS = 60.0
SAID = {
    "authority": "its certificate is not believed: unable to get local issuer certificate",
    "name": "its certificate is not believed: IP address mismatch, certificate is not valid for '127.0.0.1'",
    "expired": "its certificate is not believed: certificate has expired",
    "old TLS": "the TLS handshake was broken off",
    "no TLS": "the TLS handshake was broken off",
}


@pytest.mark.parametrize("wrong", SAID)
def test_anybody_else_is_refused_and_it_is_said_why(
    engines: Engines, wrong: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """In the log, and to whoever asks whether Kafka is there."""
    authority, other = (Authority(tmp_path / name) for name in ("known", "other"))
    signing = other if wrong == "authority" else authority
    shown = signing.sign("kafka", ELSEWHERE if wrong == "name" else HERE, ended=wrong == "expired").context()
    if wrong == "old TLS":
        shown.maximum_version = ssl.TLSVersion.TLSv1_2
        # With nothing that has a key of its own for each connection.
        shown.set_ciphers("AES128-SHA")

    async def test() -> None:
        async with link_to(engines.kafka, None if wrong == "no TLS" else shown) as (_, address):
            known = access.kafka_settings(address).model_dump(exclude_unset=True)
            told = {"kafka_security_protocol": "SASL_SSL", "kafka_ca_file": str(authority.file)}
            publisher = Publisher(KafkaSettings(**known | told), timeout_seconds=5.0)
            await publisher.open()
            try:
                async with asyncio.timeout(LIMIT_SECONDS):
                    while await why(publisher) != f"{address}: {SAID[wrong]}":
                        await asyncio.sleep(0.05)
            finally:
                await publisher.close()

    with caplog.at_level(logging.WARNING):
        asyncio.run(test())
    assert SAID[wrong] in " ".join(str(getattr(record, "cause", "")) for record in caplog.records)


async def why(publisher: Publisher) -> str:
    """Why Kafka is away."""
    with pytest.raises(EngineAwayError) as raised:
        await publisher.answers()
    return raised.value.cause
