import json
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest

from client.errors import RecordingError
from client.recording import Lead, Recording, Uploadable, encode

SAMPLES = [1, -2, 2**31 - 1]


def body(ecg: Uploadable) -> dict[str, object]:
    document: dict[str, object] = json.loads(encode(ecg))
    return document


@pytest.mark.parametrize(
    "signal",
    [SAMPLES, tuple(SAMPLES), np.array(SAMPLES), np.array(SAMPLES, np.int32), np.array(SAMPLES * 2)[::2]],
)
def test_lists_and_arrays_are_the_same_samples(signal: list[int]) -> None:
    expected = [int(sample) for sample in signal]
    recorded = Recording(leads=[Lead(name="II", signal=signal)])
    assert body(recorded) == {"leads": [{"name": "II", "number_of_samples": 3, "signal": expected}]}
    assert body({"leads": [{"name": "II", "signal": signal}]}) == {
        "leads": [{"name": "II", "signal": expected}]
    }


def test_all_that_is_known_is_written() -> None:
    taken = datetime(2026, 11, 23, 9, 30, tzinfo=timezone(timedelta(hours=1)))
    lead = Lead(name="I", signal=[], adc_gain=200.0, baseline=np.int16(1024), units="mV")  # type: ignore[arg-type]
    assert body(Recording(id="a", date=taken, sampling_frequency=360.0, leads=[lead])) == {
        "id": "a",
        "date": "2026-11-23T08:30:00Z",
        "sampling_frequency": 360.0,
        "leads": [
            {
                "name": "I",
                "number_of_samples": 0,
                "signal": [],
                "adc_gain": 200.0,
                "baseline": 1024,
                "units": "mV",
            }
        ],
    }
    assert body({"leads": [], "date": taken.astimezone(UTC)})["date"] == "2026-11-23T08:30:00Z"


def test_bytes_go_out_as_they_are() -> None:
    assert encode(b"{not json") == b"{not json"


@pytest.mark.parametrize(
    "signal", [np.array([1.5]), np.array([[1, 2]]), np.array(["private"]), np.array([True])]
)
def test_an_array_of_anything_else_is_named_by_its_place(signal: object) -> None:
    with pytest.raises(RecordingError, match=r"^/leads/1/signal: samples are one row of integers"):
        encode({"leads": [{"name": "I", "signal": [1]}, {"name": "II", "signal": signal}]})


def test_what_json_has_no_word_for_is_not_quoted() -> None:
    with pytest.raises(RecordingError) as raised:
        encode({"leads": [{"name": "I", "signal": [object()]}], "note": {"private": 2**70}})
    assert "private" not in str(raised.value)


def test_a_date_needs_a_time_zone() -> None:
    with pytest.raises(RecordingError, match=r"^/date: a time zone is missing$"):
        encode(Recording(leads=[], date=datetime(2026, 11, 23)))  # noqa: DTZ001 - the point


def test_samples_stay_out_of_representations() -> None:
    assert "4711" not in repr(Recording(leads=[Lead(name="I", signal=[4711])]))
