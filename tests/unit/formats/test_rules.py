"""What a lead may be called: what devices call them, and nothing that hurts whoever is shown it."""

import pytest

from formats.rules import lead_fields
from tests.unit.formats.limits import LIMITS

NAMES = (
    "I",
    "aVR",
    "-aVR",
    "+V1",
    "MLII",
    "ECG Lead I (filtered)",
    "Fp1-Ref",
    "ecg_1",
    "V4'",
    "心電図",
    "µV/LSB",
    " padded ",
    "V5&6",
    "resp 25%",
    "Ø2",
)
HURTFUL = (
    "<script>",
    "a<b",
    "a>b",
    "cmd|x",
    "=1",
    "  =1",
    "@x",
    "+f(1)",
    "-f(1)",
    "\t=1",
    "a\u202eb",
    "\u2066a\u2069",
    "a\u200b",
    "\ufeffa",
    "a\x85b",
    "a\u2029",
    "\u00ad",
)


@pytest.mark.parametrize("name", NAMES)
def test_what_leads_are_called_is_taken(name: str) -> None:
    assert lead_fields(LIMITS)["name"].rule(name) is None


@pytest.mark.parametrize("name", HURTFUL)
def test_what_hurts_a_page_or_a_spreadsheet_is_refused(name: str) -> None:
    told = lead_fields(LIMITS)["name"].rule(name)
    assert told is not None
    assert name not in told
