"""The audit trail as an auditor sees it: its topic, its commands, and what who may write to Kafka could do."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from aiokafka import AIOKafkaProducer, ConsumerRecord
from aiokafka.admin import AIOKafkaAdminClient

from harness import access
from harness.topics import read_topic
from infra.paths import REPOSITORY
from schemas.audit import AuditEntry, decode_audit
from schemas.topics import AUDIT

COMMAND_LIMIT_SECONDS = 180.0

Records = list[ConsumerRecord]


def records(kafka: str) -> Records:
    """All of the topic, those of a partition in order."""
    return read_topic(kafka, AUDIT.name, lambda _: True)


def entries(kafka: str) -> list[AuditEntry]:
    """Every entry on the topic, of a block only once: a writer that was not sure of the first wrote it once more."""
    blocks = [decode_audit(record.key, record.value, record.headers).block for record in records(kafka)]
    once = {(block.chain, block.sequence): block for block in blocks}
    return [entry for block in once.values() for entry in block.entries]


def command(environment: dict[str, str], *arguments: str) -> tuple[int, str]:
    """`python -m query_api.audit ...`: its exit code, and what it said."""
    base = {name: value for name, value in os.environ.items() if not name.startswith("ECG_")}
    done = subprocess.run(
        [sys.executable, "-m", "query_api.audit", *arguments],
        cwd=REPOSITORY,
        env=base | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=COMMAND_LIMIT_SECONDS,
    )
    return done.returncode, done.stdout


def rewritten(kafka: str, change: Callable[[Records], Records]) -> None:
    """Make the topic again with other records than it had: what whoever may write to Kafka can do."""
    asyncio.run(_rewritten(kafka, change(records(kafka))))


async def _rewritten(kafka: str, wanted: Records) -> None:
    admin = AIOKafkaAdminClient(**access.to(kafka))
    await admin.start()
    try:
        await admin.delete_topics([AUDIT.name])
        while AUDIT.name in await admin.list_topics():
            await asyncio.sleep(0.1)
    finally:
        await admin.close()
    await access.apply_topics(kafka)
    async with AIOKafkaProducer(**access.to(kafka), acks="all") as producer:
        for record in wanted:
            await producer.send_and_wait(
                AUDIT.name, record.value, record.key, record.partition, headers=list(record.headers)
            )


def on_disk(folder: Path) -> bytes:
    """All that is kept on disk of a trail."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
