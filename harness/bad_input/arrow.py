"""Bad uploads in Arrow: no streams, forged ones, and streams of something else than leads."""

import math
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from harness.arrow_streams import INT16S, columns, forged, stream
from harness.bad_input.case import MARKER, Case, Content
from schemas.arrow import CONTENT_TYPE, encode_leads
from tests.unit.schemas.strategies import lead

_ARROW = {"Content-Type": CONTENT_TYPE}
_WHOLE = encode_leads(
    (lead(MARKER, 1, -1, 300), lead("II", 5, units="mV")), {"id": MARKER, "sampling_frequency": "500"}
)
_GOOD = columns([1, -1, 300], [5])
_MEBIBYTE = 1_048_576
_V4 = pa.ipc.MetadataVersion.V4


def _malformed(name: str, *contents: Content) -> Case:
    return Case(name, 400, "malformed", contents, headers=_ARROW)


def _invalid(name: str, pointer: str, *contents: Content) -> Case:
    return Case(name, 422, "invalid", contents, pointer=pointer, headers=_ARROW)


def _taken(name: str, *contents: Content) -> Case:
    return Case(name, 202, contents=contents, headers=_ARROW)


def _with(**changed: Any) -> bytes:
    return stream(_GOOD | changed)


def _told(**metadata: Any) -> bytes:
    return stream(_GOOD, metadata)


def _file_format() -> bytes:
    sink = pa.BufferOutputStream()
    table = pa.table(_GOOD)
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    written: bytes = sink.getvalue().to_pybytes()
    return written


def _text(content: bytes) -> pa.Array:
    offsets = pa.py_buffer(struct.pack("<3i", 0, len(content), len(content)))
    return pa.Array.from_buffers(pa.utf8(), 2, [None, offsets, pa.py_buffer(content)])


def _viewed(rows: int, length: int) -> dict[str, pa.Array]:
    """Leads whose names are views of one text of this many bytes."""
    text = MARKER.encode() * (length // len(MARKER))
    view = struct.pack("<i4sii", len(text), text[:4], 0, 0)
    buffers = [None, pa.py_buffer(view * rows), pa.py_buffer(text)]
    names = pa.Array.from_buffers(pa.string_view(), rows, buffers)
    return {"name": names, "signal": pa.array([[]] * rows, INT16S)}


def _nested(depth: int) -> pa.Array:
    kind = pa.int16()
    for _ in range(depth):
        kind = pa.list_(kind)
    return pa.nulls(2, kind)


def _big_endian() -> bytes:
    """The schema says something else than little-endian where it said nothing, by the layout of its table."""
    return forged(_WHOLE, struct.pack("<5H", 10, 12, 0, 4, 8), struct.pack("<5H", 10, 12, 4, 4, 8))


def _bomb() -> Iterator[bytes]:
    yield _samples(512 * _MEBIBYTE, compression="zstd")


def _samples(count: int, **options: Any) -> bytes:
    """A lead of this length."""
    samples = pa.array(np.zeros(count, np.int16))
    signal = pa.ListArray.from_arrays(pa.array([0, count], pa.int32()), samples)
    return stream({"name": pa.array([MARKER]), "signal": signal}, **options)


def _nulls(count: int) -> bytes:
    """Two leads of this length, and none of their samples is there."""
    offsets = pa.array([0, count, 2 * count], pa.int32())
    signal = pa.ListArray.from_arrays(offsets, pa.nulls(2 * count, pa.int16()))
    return stream({"name": pa.array(["I", "II"]), "signal": signal})


def _two_batches() -> bytes:
    """Of one lead each."""
    table = pa.concat_tables([pa.table(columns([1], names=[name])) for name in ("I", "II")])
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    written: bytes = sink.getvalue().to_pybytes()
    return written


_reader = pa.BufferReader(_WHOLE)
pa.ipc.read_message(_reader)
_BATCH = _WHOLE[_reader.tell() :]
_BODY_BYTES = pa.ipc.read_message(_reader).body.size
_LENGTHS = struct.pack("<3i", 0, 3, 4)
_NO_STREAM = (
    _malformed("nothing", b""),
    _malformed("bytes that are no stream", b"\xff", MARKER.encode(), b"{}", b"\xff" * 4_096, bytes(4_096)),
    _malformed("a stream cut off, wherever", *(_WHOLE[:end] for end in range(1, len(_WHOLE)))),
    _malformed("something behind the stream", _WHOLE + b"x", _WHOLE + bytes(8), _WHOLE + _WHOLE),
    _malformed("Arrow's file format", _file_format()),
    _malformed("a record batch without a schema", _BATCH),
    _malformed(
        "a schema of more than 4,096 bytes",
        _told(id="a" * 4_096),
        stream({f"column {number}": pa.nulls(1) for number in range(1_025)}),
    ),
    _malformed(
        "messages that claim 2 GiB, 2^62 bytes, or less than none",
        *(b"\xff\xff\xff\xff" + struct.pack("<i", size) + _WHOLE[8:] for size in (2**31 - 1, -1, -(2**31))),
        *(
            forged(_WHOLE, struct.pack("<q", _BODY_BYTES), struct.pack("<q", size))
            for size in (2**31, 2**62, -1, -(2**63))
        ),
    ),
    _malformed(
        "lengths of signals that are forged: 2^31 samples, fewer than none, out of order",
        *(
            forged(_WHOLE, _LENGTHS, struct.pack("<3i", *lengths))
            for lengths in ((0, 2**31 - 1, 2**31 - 1), (0, -(2**31), 4), (-5, 0, 4), (4, 0, 4), (0, 1, 5))
        ),
    ),
    _malformed("texts that are not UTF-8", _with(name=_text(b"\xff\xfe")), _with(units=_text(b"\xc3"))),
    _malformed("a column's name that is not UTF-8", forged(stream(_GOOD), b"signal", b"sign\xff\xfe")),
)
_SCHEMA = (
    _invalid(
        "a column that is not known",
        "/leads",
        _with(**{MARKER: pa.array([1, 2])}),
        _with(number_of_samples=pa.array([3, 1])),
    ),
    _invalid("a column given twice", "/leads", stream([*_GOOD.items(), ("name", _GOOD["name"])])),
    _invalid(
        "no column `name` or `signal`", "/leads", *(stream({kept: _GOOD[kept]}) for kept in _GOOD), stream({})
    ),
    _invalid(
        "samples of any other type than integers and floats",
        "/leads",
        _with(signal=pa.array([[True], [False]])),
        _with(signal=pa.array([["1"], [MARKER]])),
        _with(signal=pa.array([1, 2], pa.int16())),
        _with(signal=pa.array([[1], [2]], pa.list_view(pa.int16()))),
        _with(signal=_nested(2)),
        _with(signal=_nested(60)),
    ),
    _invalid(
        "other columns of other types",
        "/leads",
        _with(name=pa.array([1, 2])),
        _with(name=pa.array([b"a", b"b"])),
        _with(adc_gain=pa.array(["200", MARKER])),
        _with(adc_gain=pa.array([True, False])),
        _with(baseline=pa.array(["1", MARKER])),
        _with(units=pa.array([1, 2])),
    ),
    _invalid(
        "columns of dictionaries, which pandas calls categories",
        "/leads",
        *(_with(**{name: pa.array([MARKER, "b"]).dictionary_encode()}) for name in ("name", "units")),
    ),
    _invalid("a key of the metadata that is not known", "", _told(**{MARKER: MARKER}), _told(ID="a")),
    _invalid("a key of the metadata given twice", "", stream(_GOOD, [("id", "a"), ("id", "a")])),
    _invalid(
        "an `id` outside its grammar",
        "/id",
        *(_told(id=x) for x in ("a/b", "", "-a", "a" * 129, "a\n", "é")),
        stream(_GOOD, [(b"id", b"\xff")]),
    ),
    _invalid(
        "a `date` without offset, or impossible",
        "/date",
        *(
            _told(date=x)
            for x in ("2026-02-30T08:30:00Z", "0000-01-01T00:00:00Z", "2026-11-23T08:30:00", MARKER)
        ),
    ),
    _invalid(
        "a `sampling_frequency` that is no number, or not more than 0",
        "/sampling_frequency",
        *(
            _told(sampling_frequency=x)
            for x in ("", "0", "-1", "NaN", "Infinity", "1e999", "500 Hz", '"500"', "null", MARKER)
        ),
    ),
    _invalid("a schema in big-endian order", "", _big_endian()),
)
_LEADS = (
    _invalid("no leads", "/leads", stream(columns()), stream(_GOOD, batches=0)),
    _invalid("1,025 leads", "/leads", stream(columns(*[[]] * 1_025))),
    _invalid("1,025 record batches", "", *(stream(columns(*each), batches=1_025) for each in ([], [[1]]))),
    _invalid(
        "a `name` that is null, empty, longer than 64 characters, or with control characters",
        "/leads/0/name",
        *(_with(name=pa.array([x, "II"])) for x in (None, "", " ", "n" * 65, "ü" * 65, "a\tb", "a\0")),
        _with(name=pa.array([MARKER * 1_000_000, "II"])),
    ),
    _invalid(
        "1,024 names that are views of one text of 16 MiB, or in 32 batches of one each",
        "",
        stream(_viewed(1_024, 16 * _MEBIBYTE)),
        stream(_viewed(32, _MEBIBYTE // 2), batches=32),
    ),
    _invalid("two leads of one name", "/leads/1/name", stream(columns([1], [2], names=[MARKER, MARKER]))),
    _invalid("the same in two record batches", "/leads/1/name", stream(columns([1]), batches=2)),
    _invalid("a `signal` that is null", "/leads/1/signal", stream(columns([1], None))),
    _invalid(
        "a sample beyond 32 bits, or a float that is not whole",
        "/leads/1/signal/2",
        *(_with(signal=pa.array([[1], [2, 3, x]], pa.list_(pa.int64()))) for x in (2**31, -(2**63))),
        _with(signal=pa.array([[1], [2, 3, 2**64 - 1]], pa.list_(pa.uint64()))),
        *(_with(signal=pa.array([[1], [2, 3, x]])) for x in (0.5, math.nan, math.inf, 1e300)),
        _with(signal=pa.array([[1.0], [2, 3, 2.0**31]], pa.list_(pa.float32()))),
    ),
    _invalid("5 million samples in a lead", "/leads/0/signal", lambda: iter([_samples(5_000_000)])),
    _invalid(
        "an `adc_gain` of 0, or that is no number",
        "/leads/1/adc_gain",
        *(_with(adc_gain=pa.array([None, x])) for x in (0, 0.0, -0.0, math.nan, math.inf, -math.inf)),
    ),
    _invalid(
        "a `baseline` beyond 32 bits",
        "/leads/1/baseline",
        *(_with(baseline=pa.array([0, x])) for x in (2**31, -(2**31) - 1, -(2**63))),
        _with(baseline=pa.array([0, 2**64 - 1], pa.uint64())),
        *(_with(baseline=pa.array([0, x])) for x in (math.nan, math.inf, -math.inf, 2147483647.5)),
    ),
    _invalid(
        "`units` that are empty, long, or with control characters or markup",
        "/leads/1/units",
        *(_with(units=pa.array(["mV", x])) for x in ("", "m" * 33, "m\n", "<b>")),
    ),
    _invalid(
        "compressed record batches",
        "",
        *(stream(_GOOD, compression=codec) for codec in ("lz4", "zstd")),
        # As it was told by 0.17.
        stream(_GOOD, custom={"ARROW:experimental_compression": "zstd"}, metadata_version=_V4),
    ),
    _invalid("record batches of some kilobytes that would be 1 GiB", "", _bomb),
)
_TAKEN = (
    _taken("an empty signal, which is a signal", stream(columns([]))),
    _taken(
        "what Polars and pandas write: large and view types, 64-bit integers, columns of nulls, `pandas` metadata",
        stream(
            {
                "units": pa.nulls(2),
                "signal": pa.array([[1, -1], []], pa.large_list(pa.int16())),
                "name": pa.array(["I", "II"], pa.string_view()),
                "baseline": pa.array([1024, None], pa.int64()),
                "adc_gain": pa.array([200, None], pa.int64()),
            },
            {"pandas": "{}"},
        ),
        _with(name=pa.array(["I", "II"], pa.large_utf8())),
    ),
    _taken("8 million missing samples", lambda: iter([_nulls(4_000_000)])),
    _taken("samples that are missing", stream(columns([1, 2], [], [3, None]))),
    _taken("a `baseline` between two ADC values", _with(baseline=pa.array([-0.5, 3.0]))),
    _taken("leads in several record batches", _two_batches()),
)
ARROW_UPLOADS = _NO_STREAM + _SCHEMA + _LEADS + _TAKEN
