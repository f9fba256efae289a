"""Bad uploads of files: cut, damaged, of another kind than they say, and of none that is read."""

from harness.bad_input.case import MARKER, Case, Content
from harness.dicom_files import Group, ecg
from harness.edf_files import File, Signal
from harness.file_formats import GOOD
from harness.wfdb_files import form, good, record, zipped

_UNTOLD = {"Content-Type": "application/octet-stream"}
_DICOM = {"Content-Type": "application/dicom"}
_EDF = {"Content-Type": "application/edf"}
_ZIP = {"Content-Type": "application/zip"}
_FORM = {"Content-Type": "multipart/form-data; boundary=x"}
_ONE = Group([[1, -1]])
_ARCHIVE = zipped(good([1, -1]), packed=False)
_EDF_FILE = File([Signal([1, -1])], recording=f"Startdate 14-JAN-2025 {MARKER}").to_bytes()
_DICOM_FILE = ecg(_ONE, PatientName=MARKER, AcquisitionDateTime="20250114093005")


def _malformed(name: str, headers: dict[str, str], offset: int | None, *contents: Content) -> Case:
    return Case(name, 400, "malformed", contents, headers=headers, offset=offset)


def _invalid(name: str, headers: dict[str, str], pointer: str, *contents: Content) -> Case:
    return Case(name, 422, "invalid", contents, headers=headers, pointer=pointer)


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
        "a PDF, an image: told what to send instead",
        _UNTOLD,
        0,
        b"%PDF-1.7",
        b"\x89PNG\r\n",
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
        _DICOM,
        "/leads",
        *(ecg(Group([[1, 2]], kind=x, dtype="u1")) for x in ("MB", "AB")),
    ),
    _invalid(
        "DICOM groups of different sampling frequencies",
        _DICOM,
        "/sampling_frequency",
        ecg(_ONE, Group([[1]], frequency="50")),
    ),
    _invalid(
        "a name in a DICOM file that is markup",
        _DICOM,
        "/leads/0/name",
        ecg(Group([[1]], names=[f"<{MARKER}>"])),
    ),
    _malformed(
        "an EDF file cut off, within its header or its records",
        _EDF,
        -1,
        *(_EDF_FILE[:end] for end in range(8, len(_EDF_FILE), 61)),
    ),
    _malformed("an EDF file with something behind its records", _EDF, 236, _EDF_FILE + b"\0"),
    _malformed(
        "an EDF field that is no number", _EDF, 360, File([Signal([1], physical=("x", "1"))]).to_bytes()
    ),
    _malformed(
        "an EDF start that is no date",
        _EDF,
        168,
        File([Signal([1])], recording="", day="31.02.25").to_bytes(),
    ),
    _malformed(
        "an EDF signal whose samples have no size",
        _EDF,
        360,
        File([Signal([1], physical=("0", "0"))]).to_bytes(),
    ),
    _malformed(
        "EDF+D whose records do not say when they begin",
        _EDF,
        None,
        File([Signal([1])], reserved="EDF+D").to_bytes(),
    ),
    _invalid(
        "EDF signals of different sampling frequencies",
        _EDF,
        "/sampling_frequency",
        File([Signal([1]), Signal([1, 2])]).to_bytes(),
    ),
    _invalid(
        "a gap of ten years between EDF+D records",
        _EDF,
        "/leads",
        File([Signal([1] * 8)], records=2, onsets=["+0", "+315360000"], reserved="EDF+D").to_bytes(),
    ),
    _malformed(
        "a zip archive without a WFDB header, cut off, or damaged",
        _ZIP,
        None,
        zipped({"a": b""}),
        _ARCHIVE[:-30],
        _ARCHIVE.replace(b"17.dat 16", b"17.dat 61"),
    ),
    _malformed(
        "a WFDB record without its signal file",
        _ZIP,
        None,
        zipped(record("17.dat 16"), packed=False).replace(b"17.dat", b"71.dat", 1),
    ),
    _malformed(
        "a WFDB header of which a line is none",
        _ZIP,
        None,
        zipped(record(MARKER)),
        zipped(record("17.dat 16", head=MARKER)),
    ),
    _malformed("a form that ends within a part", _FORM, None, form(good([1]))[:-30]),
    Case(
        "a zip archive whose paths lead out of it",
        422,
        "invalid",
        (zipped({"../17.hea": b""}), zipped({"/17.hea": b""})),
        headers=_ZIP,
        pointer="",
    ),
    Case(
        "a zip archive of more than 64 MiB when it is unpacked",
        422,
        "invalid",
        (lambda: iter([zipped({"17.dat": bytes(65 * 1_048_576)})]),),
        headers=_ZIP,
        pointer="",
    ),
    Case(
        "two WFDB records in one archive",
        422,
        "invalid",
        (zipped(good([1]) | {"18.hea": b""}),),
        headers=_ZIP,
        pointer="/leads",
    ),
)
