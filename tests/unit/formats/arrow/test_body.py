"""An Arrow body is the ECG that its JSON would be; what breaks a rule is told by the place that JSON would have."""

import struct
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.arrow.body import ArrowDecoder
from formats.json.decoding import Decoder
from formats.upload import DecodedUpload
from harness.arrow_streams import columns, forged, stream
from schemas.arrow import METADATA_KEYS, encode_leads
from schemas.content_hash import content_hash
from schemas.ecg import Lead, Samples, exact_baseline
from schemas.problems import InvalidError, MalformedError
from tests.unit.formats.json.test_decoding import UPLOADS
from tests.unit.formats.limits import LIMITS
from tests.unit.schemas.strategies import lead, same_leads, told_samples, with_gaps

decoder = ArrowDecoder(LIMITS)
json_decoder = Decoder(LIMITS)

GOOD = columns([1, -1, 300], [5])


def as_arrow(upload: dict[str, Any], width: type[np.signedinteger[Any]]) -> bytes:
    """The Arrow body of what is told in JSON's shape, all samples in one width."""
    defaults = {name: upload[name] for name in ("adc_gain", "baseline", "units") if name in upload}
    leads = []
    for each in upload["leads"]:
        members = defaults | each
        gaps = [place for place, sample in enumerate(each["signal"]) if sample is None]
        if "baseline" in members:
            members["baseline"] = exact_baseline(members["baseline"])
        members["signal"] = samples([sample or 0 for sample in each["signal"]], width)
        leads.append(with_gaps(Lead(**members), gaps))
    told = {name: upload[name] for name in METADATA_KEYS if name in upload}
    texts: dict[str, str] = {
        name: text if isinstance(text, str) else repr(text) for name, text in told.items()
    }
    return encode_leads(leads, texts)


def samples(signal: list[int], width: type[np.signedinteger[Any]]) -> Samples:
    return np.array(signal, dtype=width)


@given(UPLOADS)
def test_the_same_recording_is_the_same_ecg_in_both_formats(sent: dict[str, Any]) -> None:
    by_json = json_decoder.decode(msgspec.json.encode(sent))
    by_arrow = decoder.decode(as_arrow(sent, np.int32))
    assert by_arrow.id == by_json.id
    assert content_hash(by_arrow.ecg) == content_hash(by_json.ecg)
    # And so is the event: the samples travel in the width they need, whatever they came in.
    assert encode_leads(by_arrow.ecg.leads) == encode_leads(by_json.ecg.leads)


def test_signals_are_views_into_the_body() -> None:
    (one,) = decoder.decode(encode_leads((lead("I", 1, -1),))).ecg.leads
    assert one.signal.tolist() == [1, -1]
    assert not one.signal.flags.owndata
    assert not one.signal.flags.writeable


@pytest.mark.parametrize(
    "changed",
    [
        {"name": pa.array(["lead 0", "lead 1"], pa.large_utf8())},
        {"name": pa.array(["lead 0", "lead 1"], pa.string_view())},
        {"signal": pa.array([[1, -1, 300], [5]], pa.large_list(pa.int16()))},
        {"signal": pa.array([[1, -1, 300], [5]], pa.list_(pa.field("l", pa.int32(), nullable=False)))},
        *(
            {"signal": pa.array([[1, -1, 300], [5]], pa.list_(kind))}
            for kind in (pa.int64(), pa.float32(), pa.float64())
        ),
        {"signal": pa.array([[1, -1, 300], [5]], pa.large_list(pa.int64()))},
        {name: pa.nulls(2) for name in ("adc_gain", "baseline", "units")},
    ],
)
def test_what_writers_do_otherwise_makes_no_difference(changed: dict[str, pa.Array]) -> None:
    expected = decoder.decode(stream(GOOD)).ecg
    written = GOOD | changed
    for order in (written, dict(reversed(written.items()))):
        assert same_leads(decoder.decode(stream(order)).ecg.leads, expected.leads)


@pytest.mark.parametrize("kind", [pa.int8(), pa.uint8(), pa.int32(), pa.uint64(), pa.float64()])
@pytest.mark.parametrize("length", [0, 1, 3])
def test_lists_of_one_length_are_taken(kind: pa.DataType, length: int) -> None:
    told = [[1, None, 3][:length], [4, 5, 6][:length]]
    body = stream(columns([], []) | {"signal": pa.array(told, pa.list_(kind, length))})
    assert [told_samples(each) for each in decoder.decode(body).ecg.leads] == told


def test_a_row_of_lists_of_one_length_may_not_be_null() -> None:
    body = stream(columns([], []) | {"signal": pa.array([None, [1, 2]], pa.list_(pa.int16(), 2))})
    assert pointers(body) == ["/leads/0/signal"]


def test_each_sample_that_is_none_is_told_and_of_many_the_first() -> None:
    signal = pa.array([[2**40, 1, -(2**40)], [0.5] * 1_000], pa.list_(pa.float64()))
    told = broken(stream(columns([], []) | {"signal": signal}))
    first = [error.pointer for error in told.errors][:3]
    assert first == ["/leads/0/signal/0", "/leads/0/signal/2", "/leads/1/signal/0"]
    assert told.total == 1_002


def test_numbers_are_taken_in_any_width() -> None:
    told = GOOD | {"adc_gain": pa.array([200, None], pa.int64()), "baseline": pa.array([None, 2**31 - 1])}
    first, second = decoder.decode(stream(told)).ecg.leads
    assert (first.adc_gain, first.baseline) == (200.0, None)
    assert isinstance(first.adc_gain, float)
    assert (second.adc_gain, second.baseline) == (None, 2**31 - 1)


def test_the_metadata_of_writers_is_passed_over() -> None:
    assert decoder.decode(stream(GOOD, {"pandas": "{}", "r": "A", "id": "a"})).id == "a"


def test_leads_of_several_batches_are_one_ecg() -> None:
    table = pa.concat_tables(
        [pa.table(columns([1], [2], names=["I", "II"])), pa.table(columns([3], names=["III"]))]
    )
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    found = decoder.decode(sink.getvalue().to_pybytes()).ecg.leads
    assert [(each.name, each.signal.tolist()) for each in found] == [("I", [1]), ("II", [2]), ("III", [3])]


def test_offsets_may_leave_samples_out_and_what_is_left_out_may_be_null() -> None:
    samples = pa.array([None, 1, 2, None], pa.int16())
    signal = pa.ListArray.from_arrays(pa.array([1, 2, 3], pa.int32()), samples)
    found = decoder.decode(stream(columns([], []) | {"signal": signal})).ecg.leads
    assert [each.signal.tolist() for each in found] == [[1], [2]]


def test_an_empty_batch_may_have_no_offsets() -> None:
    empty = pa.Array.from_buffers(
        pa.list_(pa.int16()), 0, [None, pa.py_buffer(b"")], children=[pa.array([], pa.int16())]
    )
    assert pointers(stream({"name": pa.array([], pa.utf8()), "signal": empty})) == ["/leads"]


def broken(body: bytes) -> InvalidError:
    with pytest.raises(InvalidError) as caught:
        decoder.decode(body)
    return caught.value


def pointers(body: bytes) -> list[str | None]:
    return [error.pointer for error in broken(body).errors]


def test_every_broken_rule_is_told_with_its_place() -> None:
    body = stream(
        columns([1, None], None, [1] * 3, [], names=["I", None, "I", " "])
        | {
            "adc_gain": pa.array([0.0, 1.0, float("nan"), None]),
            "baseline": pa.array([2**31, 0, None, -(2**31)]),
            "units": pa.array(["", "mV", "m" * 33, None]),
        },
        {"id": "a b", "date": "yesterday", "sampling_frequency": "0"},
    )
    assert pointers(body) == [
        "/id",
        "/date",
        "/sampling_frequency",
        "/leads/1/signal",
        "/leads/0/adc_gain",
        "/leads/0/baseline",
        "/leads/0/units",
        "/leads/1/name",
        "/leads/2/adc_gain",
        "/leads/2/units",
        "/leads/3/name",
        "/leads/2/name",
    ]


def test_every_wrong_column_is_told() -> None:
    body = stream({"name": pa.array([1]), "units": pa.array([2]), "private": pa.array([3])})
    told = broken(body)
    assert [error.detail for error in told.errors] == [
        "has unknown columns; known are name, signal, adc_gain, baseline, units",
        "must have the column name as utf8",
        "must have a column signal",
        "must have the column units as utf8",
    ]


@pytest.mark.parametrize("underneath", [0, 7, -(2**15), 2**31 - 1])
def test_a_null_is_a_missing_sample_whatever_lies_underneath(underneath: int) -> None:
    values = pa.array(np.array([5, underneath, -5], np.int32), mask=np.array([False, True, False]))
    signal = pa.ListArray.from_arrays(pa.array([0, 2, 3], pa.int32()), values)
    ecg = decoder.decode(stream({"name": pa.array(["I", "II"]), "signal": signal})).ecg
    assert [told_samples(one) for one in ecg.leads] == [[5, None], [-5]]
    assert [one.signal.dtype.name for one in ecg.leads] == ["int16", "int16"]
    assert ecg.leads[1].missing is None
    by_json = json_decoder.decode(b'{"leads":[{"name":"I","signal":[5,null]},{"name":"II","signal":[-5]}]}')
    assert content_hash(ecg) == content_hash(by_json.ecg)


@pytest.mark.parametrize(
    ("column", "held"),
    [
        (pa.array([-0.5]), -0.5),
        (pa.array([3.0]), 3),
        (pa.array([-0.0]), 0),
        (pa.array([0.5], pa.float32()), 0.5),
        (pa.array([7], pa.uint64()), 7),
    ],
)
def test_a_baseline_is_any_number_of_the_range(column: pa.Array, held: float) -> None:
    (one,) = decoder.decode(stream(columns([1], names=["I"]) | {"baseline": column})).ecg.leads
    assert str(one.baseline) == str(held)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf"), 2147483647.5, -2147483648.5])
def test_another_baseline_is_refused_with_its_place(bad: float) -> None:
    assert pointers(stream(columns([1], [2]) | {"baseline": pa.array([0.5, bad])})) == ["/leads/1/baseline"]


def test_limits_are_those_of_json() -> None:
    leads, longest = LIMITS.leads, LIMITS.samples_per_lead
    assert len(decoder.decode(stream(columns(*[[1]] * leads))).ecg.leads) == leads
    assert pointers(stream(columns(*[[1]] * (leads + 1)))) == ["/leads"]
    assert pointers(encode_leads((Lead("I", np.zeros(longest + 1, np.int16)),))) == ["/leads/0/signal"]
    wide = (Lead("I", np.full(longest, 70_000, np.int32)), *(lead(f"{n}") for n in range(leads - 1)))
    assert "events" in broken(encode_leads(wide)).errors[0].detail


PLAIN = encode_leads((lead("I", 1, -1, 300), lead("II", 5, baseline=2, units="mV")), {"id": "a"})
VIEWED = stream(GOOD | {"name": pa.array(["I", "a name of its own buffer"], pa.string_view())})


def test_a_buffer_of_views_may_be_of_any_length_that_holds_them() -> None:
    body = forged(VIEWED, struct.pack("<2q", 0, 32), struct.pack("<2q", 0, 33))
    assert [each.name for each in decoder.decode(body).ecg.leads] == ["I", "a name of its own buffer"]


@given(
    st.sampled_from([PLAIN, VIEWED]),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=8),
)
def test_a_damaged_body_is_an_ecg_or_a_problem(honest: bytes, damage: list[tuple[float, int]]) -> None:
    body = bytearray(honest)
    for place, byte in damage:
        body[int(place * len(body))] = byte
    try:
        decoded: DecodedUpload = decoder.decode(bytes(body))
    except (MalformedError, InvalidError):
        return
    assert decoded.ecg.number_of_samples <= len(body)
    content_hash(decoded.ecg)
