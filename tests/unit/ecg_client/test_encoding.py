import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pytest

from ecg_client.encoding import JSON, encode
from ecg_client.errors import RecordingError
from ecg_client.recording import Lead, Recording, Signal, Uploadable
from formats.arrow.body import ArrowDecoder
from formats.json.decoding import Decoder
from schemas.arrow import CONTENT_TYPE
from schemas.content_hash import content_hash
from schemas.ecg import Ecg
from tests.unit.formats.limits import LIMITS
from tests.unit.schemas.strategies import told_samples

SAMPLES = [1, -2, 2**31 - 1]
TAKEN = datetime(2026, 11, 23, 9, 30, tzinfo=timezone(timedelta(hours=1)))


def body(ecg: Uploadable) -> dict[str, object]:
    sent = encode(ecg)
    assert sent.media_type == JSON
    document: dict[str, object] = json.loads(sent.content)
    return document


def read(recorded: Recording) -> tuple[str | None, Ecg]:
    """What the ingest API makes of it."""
    sent = encode(recorded)
    assert sent.media_type == CONTENT_TYPE
    found = ArrowDecoder(LIMITS).decode(sent.content)
    return found.id, found.ecg


@pytest.mark.parametrize(
    "signal",
    [
        SAMPLES,
        tuple(SAMPLES),
        [np.int16(1), -2, np.uint8(3)],
        np.array(SAMPLES),
        np.array(SAMPLES, np.int32),
        np.array([1, 2**15], np.uint16),
        np.array(SAMPLES * 2)[::2],
        np.array([1, -2], ">i2"),
        [],
    ],
)
def test_lists_and_arrays_are_the_same_samples(signal: Signal) -> None:
    expected = np.asarray(signal).astype(int).tolist()
    _, ecg = read(Recording(leads=[Lead(name="II", signal=signal)]))
    assert ecg.leads[0].signal.tolist() == expected
    assert body({"leads": [{"name": "II", "signal": signal}]}) == {
        "leads": [{"name": "II", "signal": expected}]
    }


def test_all_that_is_known_is_written() -> None:
    lead = Lead(name="I", signal=[], adc_gain=200.0, baseline=np.int16(1024), units="mV")  # type: ignore[arg-type]
    ecg_id, ecg = read(Recording(id="a", date=TAKEN, sampling_frequency=np.float32(360), leads=[lead]))  # type: ignore[arg-type]
    assert (ecg_id, ecg.date, ecg.sampling_frequency) == ("a", 1_795_422_600_000_000, 360.0)
    (told,) = ecg.leads
    assert (told.name, told.adc_gain, told.baseline, told.units) == ("I", 200.0, 1024, "mV")
    assert body({"leads": [], "date": TAKEN.astimezone(UTC)})["date"] == "2026-11-23T08:30:00Z"


def test_a_recording_and_its_mapping_are_one_ecg() -> None:
    signals: dict[str, list[int]] = {"I": [1, -2, 300], "II": [70_000]}
    recorded = Recording(
        id="a",
        date=TAKEN,
        sampling_frequency=360.25,
        leads=[Lead(name=name, signal=signal, adc_gain=0.1) for name, signal in signals.items()],
    )
    mapped: dict[str, Any] = {
        "id": "a",
        "date": TAKEN,
        "sampling_frequency": 360.25,
        "leads": [{"name": name, "signal": signal, "adc_gain": 0.1} for name, signal in signals.items()],
    }
    ecg_id, ecg = read(recorded)
    found = Decoder(LIMITS).decode(encode(mapped).content)
    assert (ecg_id, content_hash(ecg)) == (found.id, content_hash(found.ecg))


def test_bytes_go_out_as_they_are() -> None:
    assert encode(b"{not json").content == b"{not json"
    assert encode(b"{not json").media_type == JSON
    stream = encode(Recording(leads=[Lead(name="I", signal=[1])]))
    assert encode(stream.content) == stream


@pytest.mark.parametrize(
    "signal", [np.array([1.5]), np.array([[1, 2]]), np.array(["private"]), np.array([True])]
)
def test_an_array_of_anything_else_is_named_by_its_place(signal: Any) -> None:
    with pytest.raises(RecordingError, match=r"^/leads/1/signal: samples are one row of integers"):
        encode({"leads": [{"name": "I", "signal": [1]}, {"name": "II", "signal": signal}]})
    with pytest.raises(RecordingError, match=r"^/leads/1/signal: samples are one row of integers"):
        encode(Recording(leads=[Lead(name="I", signal=[1]), Lead(name="II", signal=signal)]))


@pytest.mark.parametrize(
    "signal",
    [
        [1.0],
        ["private"],
        [True],
        [[1]],
        [2**31],
        [2**70],
        np.array([2**31]),
        np.array([2**64 - 1], np.uint64),
    ],
)
def test_a_recording_holds_no_other_samples(signal: Any) -> None:
    with pytest.raises(RecordingError, match=r"^/leads/0/signal: samples are integers") as raised:
        encode(Recording(leads=[Lead(name="I", signal=signal)]))
    assert "private" not in str(raised.value)


@pytest.mark.parametrize(
    "ecg",
    [
        {"leads": [{"name": "I", "signal": [object()]}], "note": {"private": 2**70}},
        Recording(leads=[Lead(name=17, signal=[1], units="private")]),  # type: ignore[arg-type]
        Recording(leads=[Lead(name="I", signal=[1], baseline=2**31)]),
        Recording(leads=[Lead(name="private", signal=4711)]),  # type: ignore[arg-type]
        Recording(id=["private"], leads=[Lead(name="I", signal=[1])]),  # type: ignore[arg-type]
    ],
)
def test_what_there_is_no_word_for_is_not_quoted(ecg: Uploadable) -> None:
    with pytest.raises(RecordingError, match=r"^the recording holds something that cannot be written$"):
        encode(ecg)


def test_a_date_needs_a_time_zone() -> None:
    with pytest.raises(RecordingError, match=r"^/date: a time zone is missing$"):
        encode(Recording(leads=[Lead(name="I", signal=[])], date=datetime(2026, 11, 23)))  # noqa: DTZ001 - the point


def test_a_recording_has_leads() -> None:
    with pytest.raises(RecordingError, match=r"^/leads: there is none$"):
        encode(Recording(leads=[]))


def test_samples_stay_out_of_representations() -> None:
    assert "4711" not in repr(Recording(leads=[Lead(name="I", signal=[4711])]))
    assert "signal" not in repr(encode(b'{"signal":[4711]}'))


@pytest.mark.parametrize(
    "signal",
    [[5, None, -5], np.ma.array([5, 99, -5], mask=[False, True, False], dtype=np.int16)],
    ids=["None", "masked"],
)
def test_a_missing_sample_is_none_or_masked(signal: Any) -> None:
    _, by_arrow = read(Recording(leads=[Lead(name="I", signal=signal, baseline=-0.5)]))
    assert told_samples(by_arrow.leads[0]) == [5, None, -5]
    assert by_arrow.leads[0].baseline == -0.5
    told = {"leads": [{"name": "I", "signal": signal}]}
    assert body(told) == {"leads": [{"name": "I", "signal": [5, None, -5]}]}
