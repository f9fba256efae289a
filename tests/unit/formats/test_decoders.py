"""What a body is called is never trusted alone, and what it is instead is told."""

import pytest

from formats.decoders import CONTENT_TYPES, JSON, UNTOLD, decoders
from formats.rules import Limits
from harness.dicom_files import Group, ecg
from harness.file_formats import GOOD, PERSONAL, SIGNAL
from schemas.arrow import CONTENT_TYPE as ARROW
from schemas.arrow import encode_leads
from schemas.content_hash import content_hash
from schemas.problems import InvalidError, MalformedError
from tests.unit.schemas.strategies import lead

LIMITS = Limits(leads=2, samples_per_lead=4, name_characters=4, units_characters=4, segments=1)
DICOM = "application/dicom"
DECODERS = decoders(LIMITS)
FRONT = {"sampling_frequency": "500", "date": "2025-01-14T09:30:05Z"}
# One ECG in each.
BODIES = {
    JSON: b' {"sampling_frequency":500,"date":"2025-01-14T09:30:05Z","leads":[{"name":"I","signal":[1,-2,300,4],'
    b'"adc_gain":800,"baseline":0}]}',
    ARROW: encode_leads((lead("I", *SIGNAL, adc_gain=800.0, baseline=0),), FRONT),
    **GOOD,
}


def test_every_content_type_has_a_decoder() -> None:
    assert DECODERS.keys() == set(CONTENT_TYPES.values()) == BODIES.keys() | {UNTOLD}


def test_one_recording_is_one_ecg_in_every_format_told_or_not() -> None:
    by_label = {content_hash(DECODERS[name](body).ecg) for name, body in BODIES.items()}
    by_content = {content_hash(DECODERS[UNTOLD](body).ecg) for body in BODIES.values()}
    assert by_label == by_content
    assert len(by_label) == 1


@pytest.mark.parametrize("label", BODIES)
@pytest.mark.parametrize("kind", BODIES)
def test_another_kind_than_the_label_says_is_told(label: str, kind: str) -> None:
    if label != kind:
        with pytest.raises(MalformedError, match=f"the body begins as {kind} does, so send it as that"):
            DECODERS[label](BODIES[kind])


@pytest.mark.parametrize("label", [JSON, DICOM, UNTOLD])
@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"%PDF-1.7 private", "the body is a PDF, which holds a drawing of an ECG"),
        (b"\x89PNG\r\n\x1a\n", "the body is a PNG image"),
        (b"ARROW1\0\0", "the body is Arrow's file format"),
        (b"", "the body is empty"),
    ],
)
def test_what_is_known_and_not_read_is_told_with_the_way_out(label: str, body: bytes, said: str) -> None:
    with pytest.raises(MalformedError, match=said) as caught:
        DECODERS[label](body)
    assert "private" not in str(caught.value)


def test_what_nobody_knows_is_told_what_is_read() -> None:
    with pytest.raises(MalformedError, match=f"begins as none of {', '.join(BODIES)} does"):
        DECODERS[UNTOLD](b"private")
    with pytest.raises(MalformedError, match="does not begin as DICOM does"):
        DECODERS[DICOM](b"private")


@pytest.mark.parametrize(
    ("group", "pointer"),
    [
        (Group([[1, 2, 3, 4, 5]]), "/leads/0/signal"),
        (Group([[1], [2], [3]]), "/leads"),
        (Group([[1]], names=["<b>"]), "/leads/0/name"),
        (Group([[1]], names=["Pleth"]), "/leads/0/name"),
        (Group([[1]], channel={"unit": "mm[Hg]"}), "/leads/0/units"),
    ],
)
def test_a_file_keeps_the_rules_of_every_ecg(group: Group, pointer: str) -> None:
    with pytest.raises(InvalidError) as caught:
        DECODERS[DICOM](ecg(group))
    assert [error.pointer for error in caught.value.errors] == [pointer]


@pytest.mark.parametrize("kind", GOOD)
def test_nothing_of_the_patient_passes(kind: str) -> None:
    """Each file holds a name, a number, a day of birth, an address and a remark."""
    held = [one for one in PERSONAL if one.encode() in GOOD[kind]]
    assert held
    upload = DECODERS[kind](GOOD[kind])
    passed = repr(upload).encode() + encode_leads(upload.ecg.leads)
    assert not [one for one in PERSONAL if one.encode() in passed]
