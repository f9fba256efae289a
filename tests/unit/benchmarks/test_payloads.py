import gzip

import msgspec
import pytest

from benchmarks.floors.leads import arrow_of, counts_of
from benchmarks.payloads import LEADS, leads, payload
from formats.arrow.body import ArrowDecoder
from formats.json.decoding import Decoder
from formats.rules import Limits
from schemas import arrow
from schemas.content_hash import content_hash
from stream_processor.insights.zero_crossings import ZeroCrossings


def test_every_format_holds_the_same_recording() -> None:
    json, packed, streamed = (payload(form, 100) for form in ("json", "gzip", "arrow"))

    sent = msgspec.json.decode(b"".join(json.body("ecg-1")))

    assert sent["id"] == "ecg-1"
    assert msgspec.json.decode(gzip.decompress(b"".join(packed.body("ecg-1")))) == {
        name: value for name, value in sent.items() if name != "id"
    }
    assert ("Idempotency-Key", "ecg-1") in packed.headers_for("ecg-1")
    assert ("Idempotency-Key", "ecg-1") in streamed.headers_for("ecg-1")
    limits = Limits(
        leads=len(LEADS), samples_per_lead=100, name_characters=64, units_characters=32, segments=1
    )
    hashes = {
        content_hash(decoder(limits).decode(b"".join(form.body("ecg-1"))).ecg)
        for decoder, form in ((Decoder, json), (ArrowDecoder, streamed))
    }
    assert len(hashes) == 1


def test_a_usual_recording_takes_what_usual_recordings_take() -> None:
    assert 220_000 < sum(map(len, payload("json", 5_000).body("ecg-1"))) < 250_000


def test_the_floor_writes_the_events_that_we_write() -> None:
    recorded = leads(50)

    value = arrow_of(LEADS, [lead.signal for lead in recorded])

    assert [(lead.name, lead.signal.tolist()) for lead in arrow.decode_leads(value)] == [
        (lead.name, lead.signal.tolist()) for lead in recorded
    ]


@pytest.mark.parametrize("samples", [0, 1, 5_000])
def test_the_floor_counts_what_we_count(samples: int) -> None:
    ours = ZeroCrossings()
    recorded = leads(samples)

    assert counts_of(arrow.encode_leads(recorded)) == [
        (lead.name, samples, ours.value(ours.measure(lead.signal, 0))) for lead in recorded
    ]
