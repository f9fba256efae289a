"""Leads come back from Arrow as they went; a forged stream is undecodable, never a crash or a long wait."""

import dataclasses
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.arrow import SCHEMAS, decode_leads, encode_leads
from schemas.cloudevents import UndecodableEventError
from schemas.ecg import Lead
from tests.unit.schemas.strategies import lead, leads, same_leads, with_gaps

NARROW, WIDE = SCHEMAS[:2]
PLAIN = encode_leads((lead("I", 1, -1, 300), lead("II", 5, baseline=2, units="mV")))


@given(leads(max_leads=20))
def test_leads_come_back_as_they_went(sent: tuple[Lead, ...]) -> None:
    received = decode_leads(encode_leads(sent))
    assert same_leads(received, sent)
    assert not any(one.signal.flags.writeable for one in received)


def test_samples_travel_as_int16_until_one_lead_needs_more() -> None:
    narrow = decode_leads(encode_leads((lead("I", -(2**15)), lead("II", 2**15 - 1))))
    wide = decode_leads(encode_leads((lead("I", -1), lead("II", 2**31 - 1))))
    assert {one.signal.dtype for one in narrow} == {np.dtype(np.int16)}
    assert {one.signal.dtype for one in wide} == {np.dtype(np.int32)}


def test_a_signal_that_is_a_view_is_encoded_as_it_looks() -> None:
    every_second = np.arange(10, dtype=np.int16)[::-2]
    (received,) = decode_leads(encode_leads((Lead("I", every_second),)))
    assert received.signal.tolist() == [9, 7, 5, 3, 1]


def test_the_encoding_is_what_other_readers_expect() -> None:
    table = pa.ipc.open_stream(PLAIN).read_all()
    assert table.schema.equals(NARROW)
    assert table.to_pylist()[1] == {
        "name": "II",
        "signal": [5],
        "adc_gain": None,
        "baseline": 2,
        "units": "mV",
    }


def undecodable(value: bytes) -> str:
    with pytest.raises(UndecodableEventError) as caught:
        decode_leads(value)
    return str(caught.value)


@pytest.mark.parametrize("kept", range(0, len(PLAIN) - 8, 4))
def test_a_stream_that_ends_early_is_undecodable(kept: int) -> None:
    undecodable(PLAIN[:kept])


@given(st.binary(max_size=2_000))
def test_random_bytes_are_undecodable(value: bytes) -> None:
    undecodable(value)


@given(st.lists(st.tuples(st.integers(0, len(PLAIN) - 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_a_damaged_stream_is_leads_or_undecodable(damage: list[tuple[int, int]]) -> None:
    value = bytearray(PLAIN)
    for place, byte in damage:
        value[place] = byte
    try:
        received = decode_leads(bytes(value))
    except UndecodableEventError:
        return
    assert sum(int(one.signal.size) for one in received) <= len(value)


def stream(schema: pa.Schema, batches: Sequence[pa.RecordBatch], **options: Any) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        for batch in batches:
            writer.write_batch(batch)
    value: bytes = sink.getvalue().to_pybytes()
    return value


def batch(signal: pa.Array, names: pa.Array | None = None, schema: pa.Schema = NARROW) -> pa.RecordBatch:
    rows = len(signal)
    names = pa.array([f"lead {row}" for row in range(rows)]) if names is None else names
    empty = [pa.nulls(rows, schema.field(column).type) for column in ("adc_gain", "baseline", "units")]
    return pa.record_batch([names, signal, *empty], schema=schema)


def listed(offsets: Sequence[int], samples: Sequence[int | None] = (1, 2, 3)) -> pa.Array:
    """Leads whose signals lie between consecutive `offsets` of `samples`."""
    values = pa.array(samples, pa.int16())
    buffers = [None, pa.py_buffer(struct.pack(f"<{len(offsets)}i", *offsets))]
    return pa.Array.from_buffers(NARROW.field("signal").type, len(offsets) - 1, buffers, children=[values])


def forged(value: bytes, honest: bytes, false: bytes) -> bytes:
    """`value` with the one place that says `honest` saying `false`, which no writer would write."""
    assert value.count(honest) == 1
    return value.replace(honest, false)


@pytest.mark.parametrize(
    "offsets",
    [
        pytest.param((0, 2**31 - 1, 2**31 - 1), id="a lead claims 2^31 - 1 samples"),
        pytest.param((0, -(2**31), 3), id="a lead claims a negative number of samples"),
        pytest.param((-5, 0, 3), id="a lead begins before the samples"),
        pytest.param((3, 0, 3), id="offsets are out of order"),
        pytest.param((0, 1, 4), id="a lead ends after the samples"),
    ],
)
def test_forged_offsets_are_undecodable(offsets: tuple[int, ...]) -> None:
    honest = stream(NARROW, [batch(listed([0, 1, 3]))])
    undecodable(forged(honest, struct.pack("<3i", 0, 1, 3), struct.pack("<3i", *offsets)))


@pytest.mark.parametrize("claimed", [2**31, 2**40, 2**62, -2])
def test_a_compressed_stream_that_claims_to_be_huge_is_undecodable(claimed: int) -> None:
    samples = [7] * 5_000
    honest = stream(NARROW, [batch(listed([0, 5_000], samples))], compression="zstd")
    undecodable(forged(honest, struct.pack("<q", 10_000), struct.pack("<q", claimed)))


def test_offsets_may_leave_samples_out() -> None:
    (received,) = decode_leads(stream(NARROW, [batch(listed([1, 2]))]))
    assert received.signal.tolist() == [2]


def test_nulls_are_undecodable() -> None:
    nullable = pa.array([[1]], pa.list_(pa.int16())).cast(NARROW.field("signal").type)
    no_name = batch(nullable, names=pa.nulls(1, pa.utf8()))
    no_signal = batch(pa.nulls(1, NARROW.field("signal").type))
    no_sample = batch(listed([0, 2], [1, None]))
    for forged in (no_name, no_signal, no_sample):
        assert "null" in undecodable(stream(NARROW, [forged]))


def test_a_name_that_is_not_utf8_is_undecodable() -> None:
    name = pa.Array.from_buffers(
        pa.utf8(), 1, [None, pa.py_buffer(struct.pack("<2i", 0, 2)), pa.py_buffer(b"\xff\xfe")]
    )
    undecodable(stream(NARROW, [batch(listed([0, 1]), names=name)]))


@pytest.mark.parametrize(
    "schema",
    [
        pa.schema([]),
        pa.schema([pa.field("name", pa.utf8())]),
        NARROW.remove(4),
        NARROW.append(pa.field("more", pa.int8())),
        NARROW.set(1, pa.field("signal", pa.list_(pa.int64()), nullable=False)),
        NARROW.set(1, pa.field("signal", pa.list_(pa.float32()), nullable=False)),
        NARROW.set(0, pa.field("name", pa.large_utf8(), nullable=False)),
    ],
    ids=["no column", "one column", "one too few", "one too many", "int64", "float", "large text"],
)
def test_another_schema_is_undecodable(schema: pa.Schema) -> None:
    columns = [pa.nulls(0, field.type) for field in schema]
    assert "schema" in undecodable(stream(schema, [pa.record_batch(columns, schema=schema)]))


def test_a_stream_of_no_or_two_batches_is_undecodable() -> None:
    one = batch(listed([0, 1]))
    undecodable(stream(NARROW, []))
    assert "more than one" in undecodable(stream(NARROW, [one, one]))


def test_no_leads_and_two_of_one_name_are_undecodable() -> None:
    assert "no leads" in undecodable(stream(NARROW, [batch(listed([0]))]))
    twice = batch(listed([0, 1, 2]), names=pa.array(["I", "I"]))
    assert "one name" in undecodable(stream(NARROW, [twice]))


def test_an_empty_lead_is_a_lead() -> None:
    (received,) = decode_leads(encode_leads((lead("I"),)))
    assert received.signal.size == 0


def test_only_what_is_new_is_written_in_a_new_way() -> None:
    def schema(*leads: Lead) -> pa.Schema:
        return pa.ipc.open_stream(encode_leads(leads)).schema

    whole = lead("I", 1, -1, baseline=3)
    assert schema(whole).equals(NARROW)
    assert schema(with_gaps(whole, [0])).field("signal").type.value_field.nullable
    assert schema(dataclasses.replace(whole, baseline=0.5), whole).field("baseline").type == pa.float64()


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), 2147483648.0])
def test_a_baseline_that_is_none_is_refused(bad: float) -> None:
    with pytest.raises(UndecodableEventError, match="baseline"):
        decode_leads(encode_leads((dataclasses.replace(lead("I", 1), baseline=bad),)))
