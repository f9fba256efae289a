"""Why TLS with Kafka fails: its client tells that to the log alone."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress

from aiokafka.conn import collect_hosts

from service_kit import tls
from service_kit.engines.kafka.settings import KafkaSettings

# A broker that is there shakes hands in milliseconds; who asks whether a service is ready waits for two seconds.
_HANDSHAKE_SECONDS = 1.0
# Who is shown no certificate says so behind the handshake, with TLS 1.3; who wants none says nothing.
_WORD_SECONDS = 0.3

Broker = tuple[str, int]


async def failure(settings: KafkaSettings, brokers: Iterable[Broker] = ()) -> str | None:
    """What TLS with the bootstrap servers or these brokers fails by, in words; None where it does not, and where nobody
    is there.
    """
    if not settings.kafka_by_tls:
        return None
    named = [(host, port) for host, port, _ in collect_hosts(settings.kafka)]
    for host, port in [*named, *brokers]:
        said = await _failure(settings, host, port)
        if said is not None:
            return f"{host}:{port}: {said}"
    return None


async def _failure(settings: KafkaSettings, host: str, port: int) -> str | None:
    try:
        async with asyncio.timeout(_HANDSHAKE_SECONDS):
            reader, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError):
        return None
    try:
        async with asyncio.timeout(_HANDSHAKE_SECONDS):
            await writer.start_tls(settings.kafka_tls(), server_hostname=host)
    except TimeoutError:
        return "no answer to the TLS handshake"
    except OSError as error:
        return tls.failure(error) or "the TLS handshake was broken off"
    else:
        return await _word(reader)
    finally:
        writer.transport.abort()


async def _word(reader: asyncio.StreamReader) -> str | None:
    with suppress(TimeoutError):
        try:
            async with asyncio.timeout(_WORD_SECONDS):
                await reader.read(1)
        except OSError as error:
            return tls.failure(error)
    return None
