"""Whatever is done to a DICOM file, it is an ECG or a problem with its place, which holds nothing of the file."""

import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.dicom.elements import is_dicom
from formats.dicom.file import read
from harness.dicom_files import PERSONAL, Group, dataset, ecg, written
from schemas.problems import InvalidError, MalformedError

WHOLE = ecg(Group([[1, -2, 3, 4], [5, 6, 7, 8]]), AcquisitionDateTime="20250714093005")
BEGIN = 128 + 4


def test_a_file_that_is_cut_anywhere_says_where() -> None:
    for end in range(BEGIN, len(WHOLE)):
        with pytest.raises(MalformedError) as caught:
            read(WHOLE[:end])
        assert caught.value.offset is not None or "no waveform" in str(caught.value)


@given(
    st.lists(st.tuples(st.integers(BEGIN, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=6),
    st.integers(BEGIN, len(WHOLE)),
)
def test_whatever_bytes_are_wrong_it_is_an_ecg_or_a_problem(damage: list[tuple[int, int]], end: int) -> None:
    content = bytearray(WHOLE)
    for place, byte in damage:
        content[place] = byte
    try:
        read(content[:end])
    except (MalformedError, InvalidError) as problem:
        said = str(problem.members())
        assert not any(personal in said for personal in PERSONAL)


def element(tag: int, kind: bytes, value: bytes) -> bytes:
    return struct.pack("<HH2sH", tag >> 16, tag & 0xFFFF, kind, len(value)) + value


def test_a_million_elements_are_not_walked_through() -> None:
    content = WHOLE + element(0x7FE10010, b"LO", b"") * 200_000
    with pytest.raises(MalformedError, match="more than 100000 elements"):
        read(content)


@pytest.mark.parametrize("count", [17, 5_000])
def test_sequences_are_not_followed_for_ever(count: int) -> None:
    opening = struct.pack("<HH2sHI", 0x7FE1, 0x1001, b"SQ", 0, 0xFFFFFFFF) + struct.pack(
        "<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF
    )
    with pytest.raises(MalformedError, match="nested far deeper"):
        read(WHOLE + opening * count)


def test_an_element_given_twice_is_told() -> None:
    with pytest.raises(MalformedError, match=r"Sop Instance Uid \(0008,0018\) is given twice"):
        read(WHOLE + element(0x00080018, b"UI", b"1.2"))


def test_what_is_not_asked_for_may_be_anything_that_ends() -> None:
    pixels = struct.pack("<HH2sHI", 0x7FE0, 0x0010, b"OB", 0, 0xFFFFFFFF)
    pixels += struct.pack("<HHI", 0xFFFE, 0xE000, 3) + b"abc" + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    assert read(WHOLE + pixels).ecg.number_of_samples == 8


def test_a_sequence_of_an_unknown_kind_is_written_without_kinds() -> None:
    """As by an archive that did not know the element (PS3.5, 6.2.2)."""
    implicit = written(dataset(Group([[1, -2]])), "1.2.840.10008.1.2")
    start = implicit.index(struct.pack("<HH", 0x5400, 0x0100))
    value = implicit[start + 8 :]
    explicit = ecg(Group([[9]]))
    bare = explicit[: explicit.index(struct.pack("<HH", 0x5400, 0x0100))]
    unknown = struct.pack("<HH2sHI", 0x5400, 0x0100, b"UN", 0, len(value)) + value
    (lead,) = read(bare + unknown).ecg.leads
    assert lead.signal.tolist() == [1, -2]


@pytest.mark.parametrize("body", [b"", b"DICM", bytes(200), b'{"leads":[]}', b"0       X X X X", b"\2\0\1\0"])
def test_what_begins_otherwise_is_no_dicom(body: bytes) -> None:
    assert not is_dicom(body)
    with suppress(MalformedError):
        read(body)
