"""An upload and no more: HTTP, strict decoding, Arrow, one acknowledged write.

`python -m benchmarks.floors.ingest PORT KAFKA TOPIC PARTITIONS`
"""

import sys
from typing import Any

import numpy as np
import pyarrow as pa
import simdjson
import uvicorn
from aiokafka import AIOKafkaProducer

from benchmarks.floors.leads import SCHEMA, arrow_of
from harness import access
from schemas import arrow
from service_kit.engines.kafka.publisher import partition_of
from service_kit.process import allocator, garbage_collection

MAX_REQUEST_BYTES = 1_114_112
NARROW = np.iinfo(np.int16)


def samples_of(signal: Any) -> Any:
    """The samples of a JSON array of integers, and of nothing else, as int16."""
    wide = np.frombuffer(signal.as_buffer(of_type="i"), np.int64)
    if wide.size and (wide.min() < NARROW.min or wide.max() > NARROW.max):
        raise ValueError("out of range")
    return wide.astype(np.int16)


def main(port: int, kafka: str, topic: str, partitions: int) -> None:
    """Serve until told to stop."""
    allocator.keep()
    garbage_collection.look_seldom()
    pa.set_memory_pool(pa.system_memory_pool())
    producer: Any = None

    def record(headers: dict[bytes, bytes], body: bytes) -> tuple[bytes, bytes]:
        if headers[b"content-type"] == arrow.CONTENT_TYPE.encode():
            with pa.ipc.open_stream(body) as reader:
                batch = reader.read_next_batch()
                if not batch.schema.equals(SCHEMA):
                    raise ValueError("not leads")
                batch.validate(full=True)
            return headers[b"idempotency-key"], body
        upload: Any = simdjson.Parser().parse(body)
        leads = upload["leads"]
        value = arrow_of([lead["name"] for lead in leads], [samples_of(lead["signal"]) for lead in leads])
        return upload["id"].encode(), value

    async def app(scope: Any, receive: Any, send: Any) -> None:
        nonlocal producer
        if scope["type"] == "lifespan":
            while (event := (await receive())["type"]) != "lifespan.shutdown":
                producer = AIOKafkaProducer(
                    **access.to(kafka),
                    acks="all",
                    enable_idempotence=True,
                    linger_ms=0,
                    max_request_size=MAX_REQUEST_BYTES,
                )
                await producer.start()
                await send({"type": f"{event}.complete"})
            await producer.stop()
            await send({"type": "lifespan.shutdown.complete"})
            return
        parts = [await receive()]
        while parts[-1].get("more_body"):
            parts.append(await receive())
        if scope["method"] == "POST":
            key, value = record(dict(scope["headers"]), b"".join(part["body"] for part in parts))
            partition = partition_of(key, partitions)
            await producer.send_and_wait(topic, value, key, partition)
        answer = {"type": "http.response.start", "status": 202, "headers": [(b"content-length", b"0")]}
        await send(answer)
        await send({"type": "http.response.body", "body": b""})

    uvicorn.run(app, port=port, loop="uvloop", http="httptools", log_level="warning", access_log=False)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]))
