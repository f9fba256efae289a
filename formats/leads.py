"""The one name of each lead, however a file calls it.

Source of the numbers: ISO/IEEE 11073-10101, which SCP-ECG (EN 1064) and DICOM's CID 3001 share.
"""

import re
from collections.abc import Iterable, Iterator

_NUMBERED = {
    **dict(enumerate(("I", "II", "V1", "V2", "V3", "V4", "V5", "V6", "V7"), 1)),
    **dict(enumerate(("V2R", "V3R", "V4R", "V5R", "V6R", "V7R", "X", "Y", "Z"), 10)),
    **dict(enumerate(("III", "aVR", "aVL", "aVF", "-aVR", "V8", "V9"), 61)),
}
_SPELLED = {name.lower(): name for name in _NUMBERED.values()} | {
    # In Spanish, Portuguese and French.
    "di": "I",
    "dii": "II",
    "diii": "III",
    "avrneg": "-aVR",
}
# The partition of leads, and within it the potentials that they measure.
_MDC = 2 << 16
_MDC_POTENTIAL = _MDC + 256
_CODES = {
    "MDC": re.compile(r"2:(\d{1,3})"),
    "SCPECG": re.compile(r"5\.6\.3-9-(\d{1,3})"),
}
_BEFORE = re.compile(
    r"(?:mdc_ecg_(?:lead|elec_potl)_|(?:ecg|ekg|lead|ableitung|d[ée]rivation)(?:[ _:-]+|(?=v\d|av[rlf])))",
    re.IGNORECASE,
)
# "Lead I (Einthoven)", "aVR, augmented voltage, right".
_BEHIND = re.compile(r"(?: ?\(.*\)|,? ?augmented.*)$", re.IGNORECASE)
# No usual spelling is as long; a file may hold megabytes in the place of one.
_LONGEST = 256
_BETWEEN = re.compile(r"[ _-](?=\d)")


def by_code(scheme: str, value: str) -> str | None:
    """The lead's name by its code in MDC or SCP-ECG; None where it is none of the usual leads."""
    found = _CODES[scheme].fullmatch(value) if scheme in _CODES else None
    if found is not None:
        return _NUMBERED.get(int(found[1]))
    if scheme == "MDC" and re.fullmatch(r"\d{6}", value):
        number = int(value)
        return _NUMBERED.get(number - _MDC) or _NUMBERED.get(number - _MDC_POTENTIAL)
    return None


def by_spelling(text: str) -> str:
    """The lead's name where `text` is a usual spelling of one; else `text`, without blanks around and in excess."""
    name = " ".join(text.split())
    if len(name) > _LONGEST:
        return name
    rest = _BEHIND.sub("", name)
    while (found := _BEFORE.match(rest)) is not None:
        rest = rest[found.end() :]
    return _SPELLED.get(_BETWEEN.sub("", rest).lower(), name)


def numbered(names: Iterable[str]) -> Iterator[str]:
    """The names, those behind the first of each with a number: of two that are ``ECG`` the second is ``ECG 2``."""
    last: dict[str, int] = {}
    for name in names:
        one = name
        while one in last:
            last[name] += 1
            one = f"{name} {last[name]}"
        last[one] = 1
        yield one
