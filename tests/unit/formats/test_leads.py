"""One name for each lead, however it is coded or spelled; what is no usual lead keeps its own."""

import pytest

from formats.leads import by_code, by_spelling, numbered


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("I", "I"),
        ("Lead I (Einthoven)", "I"),
        ("aVR, augmented voltage, right", "aVR"),
        ("AVR", "aVR"),
        ("ecg I", "I"),
        ("ECG II", "II"),
        ("EKG V4", "V4"),
        ("ECG Lead  aVF ", "aVF"),
        ("MDC_ECG_LEAD_V3R", "V3R"),
        ("MDC_ECG_LEAD_AVL", "aVL"),
        ("MDC_ECG_ELEC_POTL_I", "I"),
        ("lead_v-5", "V5"),
        ("V 1", "V1"),
        ("leadV6", "V6"),
        ("ECG-aVL", "aVL"),
        ("DII", "II"),
        ("Ableitung V2", "V2"),
        ("dérivation I", "I"),
        ("-aVR", "-aVR"),
        ("MDC_ECG_LEAD_AVRneg", "-aVR"),
        ("MLII", "MLII"),
        ("ECG", "ECG"),
        ("Lead", "Lead"),
        ("Pleth", "Pleth"),
        ("  Resp   chest ", "Resp chest"),
        ("IV", "IV"),
        ("", ""),
    ],
)
def test_a_usual_spelling_is_the_standard_name(text: str, name: str) -> None:
    assert by_spelling(text) == name


@pytest.mark.parametrize(
    ("scheme", "code", "name"),
    [
        ("MDC", "2:1", "I"),
        ("MDC", "2:61", "III"),
        ("MDC", "2:18", "Z"),
        ("MDC", "131073", "I"),
        ("MDC", "131329", "I"),
        ("MDC", "131390", "aVR"),
        ("SCPECG", "5.6.3-9-67", "V9"),
        ("MDC", "2:0", None),
        ("MDC", "2:86", None),
        ("MDC", "131328", None),
        ("SCPECG", "2:1", None),
        ("UCUM", "2:1", None),
        ("", "", None),
    ],
)
def test_a_code_is_the_lead_that_it_stands_for(scheme: str, code: str, name: str | None) -> None:
    assert by_code(scheme, code) == name


def test_of_two_of_one_name_the_second_has_a_number() -> None:
    assert list(numbered(["I", "II", "I", "I 2", "I"])) == ["I", "II", "I 2", "I 2 2", "I 3"]
    assert list(numbered(["ECG"] * 100_000))[-1] == "ECG 100000"


def test_a_name_of_megabytes_is_not_searched() -> None:
    assert len(by_spelling("(" * 10_000_000)) == 10_000_000
