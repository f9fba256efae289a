"""An Arrow stream that somebody sent, opened so that it costs no more than a small multiple of its bytes.

Arrow's reader believes a stream: it unpacks compressed buffers to whatever they hold, and makes a text of its own of
each of a million references to one. So no message gets to it whose metadata is larger than an ECG's, and no buffer
that would have to be unpacked. What it then reads it does not copy, and what it has read is checked in full.
"""

import struct
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pyarrow as pa

from schemas.problems import InvalidError, MalformedError, RuleError

# Of the five columns of an ECG 400 bytes, with what pandas adds 1,300. What can be made of it grows with its square.
METADATA_MAX_BYTES = 4_096
# Rows of one text may share it, each of 1,024 a name and a unit.
_SHARED_TEXT_MAX_BYTES = 1_048_576
# A view is its length, and then three more of 32 bits.
_VIEW_INTEGERS = 4
_CONTINUATION = 0xFFFF_FFFF
# The second as it was before Arrow 0.15, and as some write it still.
_ENDS = (b"\xff\xff\xff\xff\0\0\0\0", b"\0\0\0\0")

# Numbers of the fields in Arrow's own Message.fbs and Schema.fbs.
_MESSAGE_HEADER, _MESSAGE_METADATA = 2, 4
_SCHEMA_ENDIANNESS, _SCHEMA_METADATA = 0, 2
_BATCH_COMPRESSION = 3


class ArrowStream:
    """A stream. `schema`, with `columns` by their names: of any kind; `batches` reads the rest.

    Raises MalformedError where `body` is no Arrow stream from its first byte to its last, InvalidError where it is
    one that is not taken.
    """

    def __init__(self, body: bytes | bytearray, *, max_batches: int) -> None:
        self._body_bytes = len(body)
        messages = list(_messages(body, max_batches + 1))
        if not messages or messages[0].type != "schema":
            raise MalformedError("the Arrow stream does not begin with a schema")
        head = _Metadata(messages[0])
        if head.number(head.header, _SCHEMA_ENDIANNESS):
            raise InvalidError([RuleError("must be written in little-endian order", pointer="")])
        with _reading():
            self.schema = pa.ipc.read_schema(messages[0])
            self.columns: list[str] = self.schema.names
            # Arrow's own reader would keep the last of those that are given twice.
            self.metadata_is_unique = head.count(head.header, _SCHEMA_METADATA) == len(
                self.schema.metadata or ()
            )
        self._batches = messages[1:]

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The record batches: views into the body, their offsets and texts checked."""
        viewed = 0
        for message in self._batches:
            if message.type != "record batch":
                raise MalformedError("the Arrow stream holds something that is no record batch")
            told = _Metadata(message)
            # Before 0.17 was final, compression was told in the message's own metadata.
            if told.field(told.header, _BATCH_COMPRESSION) or told.count(told.root, _MESSAGE_METADATA):
                detail = "must have plain record batches: compress the whole body by its Content-Encoding, if at all"
                raise InvalidError([RuleError(detail, pointer="")])
            with _reading():
                batch = pa.ipc.read_record_batch(message, self.schema)
                batch.validate()
                viewed += _viewed_bytes(batch)
            if viewed > self._body_bytes + _SHARED_TEXT_MAX_BYTES:
                detail = "must have a text of its own for each row, not views of one long text"
                raise InvalidError([RuleError(detail, pointer="")])
            with _reading():
                batch.validate(full=True)
            yield batch


def _viewed_bytes(batch: pa.RecordBatch) -> int:
    """How long all views of texts are together: each is looked at, and any number may look at one text."""
    total = 0
    for column in batch.columns:
        if len(column) and column.type == pa.string_view():
            views = np.frombuffer(column.buffers()[1], np.int32, _VIEW_INTEGERS * len(column))
            total += int(views[::_VIEW_INTEGERS].clip(0).sum(dtype=np.int64))
    return total


def _messages(body: bytes | bytearray, most: int) -> Iterator[pa.Message]:
    """The messages up to the end of the stream, which is that of the body."""
    reader = pa.BufferReader(body)
    while body[(at := reader.tell()) : at + len(_ENDS[0]) + 1] not in _ENDS:
        length = _metadata_bytes(body, at)
        if length == 0:
            raise MalformedError(
                "the body is not one Arrow stream with its end-of-stream mark as its last bytes"
            )
        if length > METADATA_MAX_BYTES:
            raise MalformedError(
                f"the body is no Arrow stream, or one whose schema takes more than {METADATA_MAX_BYTES} bytes"
            )
        most -= 1
        if most < 0:
            raise InvalidError([RuleError("has more record batches than leads could be in", pointer="")])
        with _reading():
            message = pa.ipc.read_message(reader)
        yield message


def _metadata_bytes(body: bytes | bytearray, at: int) -> int:
    """How long the metadata of the message at `at` claims to be; 0 where there is no message."""
    first = int.from_bytes(body[at : at + 4], "little")
    return int.from_bytes(body[at + 4 : at + 8], "little") if first == _CONTINUATION else first


@contextmanager
def _reading() -> Iterator[None]:
    """Arrow's many ways to say that it cannot read on, as one. Their own texts may quote what was sent."""
    try:
        yield
    except (pa.ArrowException, OSError, EOFError, ValueError, OverflowError):
        raise MalformedError(
            "the body is not an Arrow stream, or one that claims what it does not hold"
        ) from None


class _Metadata:
    """The flatbuffer of a message that Arrow has verified: what its Python library does not tell of it.

    Source: https://flatbuffers.dev/internals, and Message.fbs and Schema.fbs of the Arrow format.
    """

    def __init__(self, message: pa.Message) -> None:
        self._bytes: bytes = message.metadata.to_pybytes()
        self.root = self._follow(0)
        self.header = self._follow(self.field(self.root, _MESSAGE_HEADER))

    def field(self, table: int, number: int) -> int:
        """Where a field of a table is; 0 where the table has none."""
        layout = table - self._integer("<i", table)
        entry = 4 + 2 * number
        if entry >= self._integer("<H", layout):
            return 0
        offset = self._integer("<H", layout + entry)
        return table + offset if offset else 0

    def number(self, table: int, number: int) -> int:
        """A 16-bit field; 0 where the table has none."""
        place = self.field(table, number)
        return self._integer("<h", place) if place else 0

    def count(self, table: int, number: int) -> int:
        """How long a field that is a vector is; 0 where the table has none."""
        place = self.field(table, number)
        return self._integer("<I", self._follow(place)) if place else 0

    def _follow(self, place: int) -> int:
        return place + self._integer("<I", place)

    def _integer(self, layout: str, place: int) -> int:
        value: int = struct.unpack_from(layout, self._bytes, place)[0]
        return value
