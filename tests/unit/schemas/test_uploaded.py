"""An upload event comes back as it went; whatever else arrives is undecodable and nothing worse."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.cloudevents import UndecodableEventError
from schemas.ecg import Lead
from schemas.topics import MAX_EVENT_BYTES
from schemas.uploaded import (
    MAX_VALUE_BYTES,
    Provenance,
    Uploaded,
    decode_provenance,
    decode_uploaded,
    encode_uploaded,
    first_position,
)
from tests.unit.schemas.strategies import leads, provenances, same_leads, sample_provenance, sample_upload


@given(provenances(), leads())
def test_an_event_comes_back_as_it_went(origin: Provenance, sent: tuple[Lead, ...]) -> None:
    record = encode_uploaded(Uploaded(origin, sent))
    received = decode_uploaded(record.value, record.headers)
    assert received.provenance == origin
    assert same_leads(received.leads, sent)
    assert record.key == f"{origin.owner_id}/{origin.ecg_id}".encode()


def test_an_event_stands_where_it_is_unless_it_was_put_back() -> None:
    plain, put_back = (
        encode_uploaded(Uploaded(sample_provenance(position=at), sample_upload().leads)) for at in (0, 7)
    )
    assert decode_provenance(plain.headers, 41).position == 41
    assert decode_provenance(put_back.headers, 41).position == 7
    assert [first_position(one.headers, 41) for one in (plain, put_back)] == [41, 7]


@pytest.mark.parametrize(
    "value", [b"", b"-1", b"x", b"9223372036854775808", "\N{ARABIC-INDIC DIGIT ONE}".encode(), None]
)
def test_a_first_position_that_is_none_counts_for_nothing(value: bytes) -> None:
    headers = [*encode_uploaded(sample_upload()).headers, ("ce_position", value)]
    assert first_position(headers, 41) == 41
    with pytest.raises(UndecodableEventError):
        decode_provenance(headers, 41)


def test_one_event_has_one_id_and_another_segment_another() -> None:
    first = sample_upload()
    again = sample_upload()
    other = Uploaded(sample_provenance(segment=1, segments=2), first.leads)
    ids = [dict(encode_uploaded(event).headers)["ce_id"] for event in (first, again, other)]
    assert ids[0] == ids[1] != ids[2]


def test_an_event_larger_than_its_topic_takes_is_refused() -> None:
    signal = np.zeros(MAX_VALUE_BYTES // 2, dtype=np.int16)
    with pytest.raises(ValueError, match="larger"):
        encode_uploaded(Uploaded(sample_provenance(), (Lead("I", signal),)))


def test_the_largest_headers_leave_room_for_the_largest_value() -> None:
    origin = sample_provenance(
        ecg_id="e" * 128,
        sampling_frequency=1.2345678901234567e-300,
        segment=99_999,
        segments=100_000,
        number_of_samples=2**63 - 1,
        traceparent="00-" + "a" * 32 + "-" + "b" * 16 + "-01",
    )
    record = encode_uploaded(Uploaded(origin, sample_upload().leads))
    around = len(record.key or b"") + sum(len(name) + len(value) for name, value in record.headers)
    assert MAX_VALUE_BYTES + around + 1_024 < MAX_EVENT_BYTES


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("ce_specversion", b"2.0"),
        ("ce_type", b"ecg.uploaded.v2"),
        ("content-type", b"application/json"),
        ("ce_ownerid", b"somebody"),
        ("ce_ecgid", b"../ecg"),
        ("ce_ecgid", b""),
        ("ce_ecgid", b"ecg-17\n"),
        ("ce_ecgid", b"\xff"),
        ("ce_contenthash", b"AB" * 32),
        ("ce_contenthash", b"ab"),
        ("ce_acceptedat", b"-1"),
        ("ce_acceptedat", b"253402300800000000"),
        ("ce_acceptedat", b"9" * 5_000),
        ("ce_acceptedat", b"\xd9\xa1"),
        ("ce_date", b"9223372036854775807"),
        ("ce_date", b"-9223372036854775808"),
        ("ce_date", b"1.5"),
        ("ce_date", b""),
        ("ce_datesource", b"guess"),
        ("ce_numberofsamples", b"-1"),
        ("ce_samplingfrequency", b"0"),
        ("ce_samplingfrequency", b"nan"),
        ("ce_samplingfrequency", b"inf"),
        ("ce_samplingfrequency", b"1e999"),
        ("ce_samplingfrequency", b"fast"),
        ("ce_segment", b"1"),
        ("ce_segment", b"-1"),
        ("ce_segments", b"0"),
        ("ce_segments", b"100001"),
        ("traceparent", b"\xff"),
    ],
)
def test_a_header_that_breaks_a_rule_is_undecodable(header: str, value: bytes) -> None:
    record = encode_uploaded(sample_upload())
    forged = [*((name, text) for name, text in record.headers if name != header), (header, value)]
    with pytest.raises(UndecodableEventError) as caught:
        decode_provenance(forged)
    if value:
        assert value.decode(errors="replace") not in str(caught.value)


@pytest.mark.parametrize(
    "header",
    [
        name
        for name, _ in encode_uploaded(sample_upload()).headers
        if name not in ("ce_id", "ce_source", "ce_time")
    ],
)
def test_a_missing_header_is_undecodable(header: str) -> None:
    kept = [pair for pair in encode_uploaded(sample_upload()).headers if pair[0] != header]
    with pytest.raises(UndecodableEventError, match=header):
        decode_provenance(kept)


@given(st.lists(st.tuples(st.text(max_size=20), st.binary(max_size=40)), max_size=20))
def test_headers_of_anything_are_undecodable(headers: list[tuple[str, bytes]]) -> None:
    with pytest.raises(UndecodableEventError):
        decode_provenance(headers)


@pytest.mark.parametrize("value", [None, b""])
def test_an_event_without_a_value_is_undecodable(value: bytes | None) -> None:
    with pytest.raises(UndecodableEventError, match="empty"):
        decode_uploaded(value, encode_uploaded(sample_upload()).headers)


def test_what_is_known_of_an_upload_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        sample_provenance().ecg_id = "other"  # type: ignore[misc]
