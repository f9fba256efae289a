"""No archive and no form takes more than it may, leads anywhere, or is read where it is damaged."""

import io
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.wfdb import archives
from formats.wfdb.archives import of_form, unzipped
from formats.wfdb.file import read_form, read_zip
from harness.wfdb_files import form, good, zipped
from schemas.problems import InvalidError, MalformedError

FILES = good([1, -2, 300, 4])
ZIP, FORM = zipped(FILES), form(FILES)


def detail_of(body: bytes) -> str:
    with pytest.raises(InvalidError) as caught:
        unzipped(body)
    return caught.value.errors[0].detail


def test_files_come_out_as_they_went_in() -> None:
    assert unzipped(ZIP) == unzipped(zipped(FILES, packed=False)) == of_form(FORM) == FILES
    assert unzipped(zipped(FILES | {"__MACOSX/rec/._17.hea": b"", "rec/": b""})) == FILES


@pytest.mark.parametrize("path", ["", "../17.hea", "rec/../../17.hea", "/17.hea", "..\\17.hea", "C:17.hea"])
def test_a_path_that_leads_out_is_refused(path: str) -> None:
    assert detail_of(zipped({path: b""})) == "must hold no path that leads out of it"
    with pytest.raises(InvalidError):
        of_form(form({path: b""}))


def test_what_would_be_more_than_is_taken_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "_MAX_UNPACKED_BYTES", 1_000_000)
    assert "at most 1000000 bytes" in detail_of(zipped({"a": bytes(600_000), "b": bytes(600_000)}))


def test_a_file_that_holds_more_than_it_says_is_damaged() -> None:
    body = zipped({"a": bytes(600_000)})
    said = struct.pack("<I", 600_000)
    with pytest.raises(MalformedError, match="the zip archive is damaged"):
        unzipped(body.replace(said, struct.pack("<I", 6)))


def test_an_archive_of_very_many_files_is_not_walked_through() -> None:
    assert "few files" in detail_of(zipped({f"{number:06}": b"" for number in range(5_000)}, packed=False))
    with pytest.raises(InvalidError):
        of_form(form({f"{number}": b"" for number in range(1_000)}))
    with pytest.raises(InvalidError):
        of_form(b"--a\r\nContent-Disposition: form-data\r\n\r\n" + b"\r\n--a\r\n\r\n" * 1_000)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_another_compression_is_refused(method: int) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr("a", b"1")
    assert "stored or deflated, and not encrypted" in detail_of(out.getvalue())


def test_what_is_encrypted_is_refused() -> None:
    body = bytearray(zipped({"a": b"1"}))
    body[body.index(b"PK\1\2") + 8] |= 1
    assert "not encrypted" in detail_of(bytes(body))


def test_what_is_cut_anywhere_is_told() -> None:
    for body, read in ((ZIP, read_zip), (FORM, read_form)):
        for end in range(4, len(body) - 4):
            with pytest.raises((MalformedError, InvalidError)):
                read(body[:end])


READERS = {
    "deflated": (ZIP, read_zip),
    "stored": (zipped(FILES, packed=False), read_zip),
    "form": (FORM, read_form),
}


@pytest.mark.parametrize("kind", READERS)
@given(
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=6),
)
def test_whatever_bytes_are_wrong_it_is_an_ecg_or_a_problem(
    kind: str, damage: list[tuple[float, int]]
) -> None:
    body, read = READERS[kind]
    content = bytearray(body)
    for place, byte in damage:
        content[int(place * len(content))] = byte
    try:
        read(content)
    except (MalformedError, InvalidError) as problem:
        said = str(problem.members())
        assert "Planted" not in said
