"""Files of devices and archives through the whole pipeline: sent as they are, read as their owner does."""

from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.waveforms.numpy_handler import multiplex_array

from formats.decoders import UNTOLD
from harness import leaks
from harness.file_formats import GOOD, PERSONAL
from harness.reference_count import zero_crossings
from harness.running import System, User, leads_of
from harness.topics import read_topic
from schemas.topics import INSIGHTS, UPLOADED

LABELLED = [{"Content-Type": kind} for kind in ("application/dicom", UNTOLD)]


def answer_of(system: System, user: User, content: bytes, headers: dict[str, str]) -> dict[str, Any]:
    """Send a file and wait for its insights."""
    url = f"{system.ingest_url}/v1/ecgs"
    accepted = system.http.post(url, content=content, headers=user.headers | headers)
    assert accepted.status_code == 202, accepted.text
    answer = system.http.get(accepted.headers["location"], headers=user.headers | {"Prefer": "wait=20"})
    assert answer.status_code == 200, answer.text
    assert not leaks.in_text(answer.content)
    found: dict[str, Any] = answer.json()
    return found


def test_a_real_file_is_counted_as_by_hand_and_is_one_ecg_however_it_is_called(system: System) -> None:
    path = Path(str(get_testdata_file("waveform_ecg.dcm", download=False)))
    raw = multiplex_array(pydicom.dcmread(path), 0, as_raw=True)
    user = system.new_user()
    first, *others = [answer_of(system, user, path.read_bytes(), headers) for headers in (*LABELLED, {})]
    assert [lead["value"] for lead in leads_of(first)] == [zero_crossings(one) for one in raw.T.tolist()]
    assert first["date"] == "2013-01-25T10:59:19Z"
    assert others == [first, first]


@pytest.mark.parametrize("kind", GOOD)
def test_nothing_of_the_patient_is_answered_logged_or_kept(system: System, kind: str) -> None:
    assert [one for one in PERSONAL if one.encode() in GOOD[kind]]
    leaks.note(*PERSONAL)
    user = system.new_user()
    answer_of(system, user, GOOD[kind], {"Content-Type": kind})
    refused = system.http.post(
        f"{system.ingest_url}/v1/ecgs",
        content=GOOD[kind][: len(GOOD[kind]) // 2],
        headers=user.headers | {"Content-Type": kind},
    )
    assert refused.status_code in {400, 422}
    for topic in (UPLOADED, INSIGHTS):
        records = read_topic(
            system.engines.kafka, topic.name, lambda one: (one.key or b"").startswith(user.id.encode())
        )
        assert records
        for record in records:
            kept = b" ".join(
                (record.key or b"", record.value or b"", *(value for _, value in record.headers))
            )
            assert not leaks.in_text(kept)
    assert not list(leaks.in_logs(system.var))
