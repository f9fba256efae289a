"""Bad uploads of files: cut, damaged, of another kind than they say, and of none that is read."""

from harness.bad_input.case import MARKER, Case, Content
from harness.dicom_files import Group, ecg
from harness.file_formats import GOOD

_UNTOLD = {"Content-Type": "application/octet-stream"}
_DICOM = {"Content-Type": "application/dicom"}
_ONE = Group([[1, -1]])
_DICOM_FILE = ecg(_ONE, PatientName=MARKER, AcquisitionDateTime="20250114093005")


def _malformed(name: str, headers: dict[str, str], offset: int | None, *contents: Content) -> Case:
    return Case(name, 400, "malformed", contents, headers=headers, offset=offset)


def _invalid(name: str, pointer: str, *contents: Content) -> Case:
    return Case(name, 422, "invalid", contents, headers=_DICOM, pointer=pointer)


FILES = (
    *(
        Case(
            f"a good file of `{content_type}` as `{headers['Content-Type']}`",
            202,
            contents=(content,),
            headers=headers,
        )
        for content_type, content in GOOD.items()
        for headers in ({"Content-Type": content_type}, _UNTOLD)
    ),
    _malformed("nothing", _UNTOLD, 0, b""),
    _malformed(
        "a PDF, an image, an archive: told what to send instead",
        _UNTOLD,
        0,
        b"%PDF-1.7",
        b"\x89PNG\r\n",
        b"PK\3\4",
    ),
    _malformed("what begins as no format that is read", _UNTOLD, 0, MARKER.encode(), bytes(512)),
    _malformed("JSON as `application/dicom`", _DICOM, 0, b'{"leads":[{"name":"I","signal":[1]}]}'),
    *(
        _malformed(f"DICOM as `{name}`", {"Content-Type": name}, 0, _DICOM_FILE)
        for name in ("application/json", "application/vnd.apache.arrow.stream")
    ),
    _malformed(
        "a DICOM file cut off", _DICOM, None, *(_DICOM_FILE[:end] for end in range(200, len(_DICOM_FILE), 97))
    ),
    _malformed(
        "a DICOM channel whose sensitivity is 0",
        _DICOM,
        None,
        ecg(Group([[1]], channel={"ChannelSensitivity": "0"})),
    ),
    _malformed("a DICOM date that is none", _DICOM, None, _DICOM_FILE.replace(b"20250114", b"20251314")),
    _malformed("a DICOM file without a recording", _DICOM, None, ecg(Group([[1]], label="MEDIAN BEAT"))),
    _invalid(
        "DICOM samples in µ-law or A-law",
        "/leads",
        *(ecg(Group([[1, 2]], kind=x, dtype="u1")) for x in ("MB", "AB")),
    ),
    _invalid(
        "DICOM groups of different sampling frequencies",
        "/sampling_frequency",
        ecg(_ONE, Group([[1]], frequency="50")),
    ),
    _invalid(
        "a name in a DICOM file that is markup", "/leads/0/name", ecg(Group([[1]], names=[f"<{MARKER}>"]))
    ),
)
