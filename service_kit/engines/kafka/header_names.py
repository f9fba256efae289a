"""Reading records that Kafka's client refuses: those with a header name that is not UTF-8.

Kafka takes any bytes as a header's name; aiokafka gives up on the whole partition where one is not text, for
ever. Here such a batch is read again by the client's own plain parser, with the bytes that are no text written
as ``\\\\xff``, so that the event arrives and can become a dead letter.
"""

from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import _MemoryRecordsPy


class _Forgiving(bytearray):
    """Bytes whose parts decode whatever they are."""

    def __getitem__(self, place: Any) -> Any:
        part = super().__getitem__(place)
        return _Forgiving(part) if isinstance(place, slice) else part

    def decode(self, encoding: str = "utf-8", errors: str = "backslashreplace") -> str:  # noqa: ARG002
        return super().decode(encoding, "backslashreplace")


class _ForgivingBatch(_DefaultRecordBatchPy):  # type: ignore[misc] # final to checkers only
    _buffer: bytearray

    def _maybe_uncompress(self) -> None:
        super()._maybe_uncompress()
        self._buffer = _Forgiving(self._buffer)


class _ForgivingRecords(_MemoryRecordsPy):  # type: ignore[misc] # final to checkers only
    def next_batch(self, *_: Any) -> Any:
        content = self._next_slice
        fast = super().next_batch()
        # Formats before version 2 have no headers.
        return fast if content is None or fast is None or fast.magic < 2 else _ForgivingBatch(content)


class _Records(fetcher.MemoryRecords):  # type: ignore[misc] # chosen when it is imported
    """The client's fast parser, which keeps what it parses."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.content = content


class _PartitionRecords(fetcher.PartitionRecords):  # type: ignore[misc] # the client has no types
    """The records of one answer, read forgivingly from the first that the fast parser refuses."""

    _records: Any

    def __next__(self) -> Any:
        try:
            return super().__next__()
        except (UnicodeDecodeError, CorruptRecordException):
            if not isinstance(self._records, _Records):
                raise
            # From the start: what was given out already is below `next_fetch_offset`, and skipped.
            self._records = _ForgivingRecords(self._records.content)
            self._records_iterator = self._unpack_records()
            return super().__next__()


def accept_any() -> None:
    """Make the consumers of this process read forgivingly. The client has no setting for it."""
    fetcher.MemoryRecords = _Records
    fetcher.PartitionRecords = _PartitionRecords
