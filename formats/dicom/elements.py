"""The data elements of a DICOM file, read strictly: those that are asked for, and of all others only where they end.

So nothing of a patient is ever looked at, a file takes no more memory than it has bytes, and what is wrong with it is
told by its tag and its byte. Source: DICOM PS3.5, chapter 7, and PS3.10, chapter 7.
"""

import struct
from dataclasses import dataclass, field

from formats.broken import refused
from formats.dicom.tags import Tag, Wanted, called
from schemas.problems import MalformedError

PREAMBLE_BYTES = 128
MAGIC = b"DICM"
_IMPLICIT, _BIG_ENDIAN = "1.2.840.10008.1.2", "1.2.840.10008.1.2.2"
_DEFLATED = frozenset({"1.2.840.10008.1.2.1.99"})
_ITEM, _ITEM_ENDS, _SEQUENCE_ENDS, _ITEM_GROUP = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD, 0xFFFE
_UNDEFINED = 0xFFFF_FFFF
# Those of which the length takes four bytes behind two that are reserved.
_LONG = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"})
_UNKNOWN = b"UN"
_SHORT_BYTES, _LONG_BYTES = 8, 12
_META_GROUP = 0x0002
# An ECG of twelve leads has 500 elements, with a thousand annotations 10,000; so many take a third of a second.
_MAX_ELEMENTS = 100_000
# Of an ECG four: the deepest is the code of a unit of a channel of a group.
_MAX_DEPTH = 16


@dataclass(frozen=True, slots=True)
class Element:
    """A value, and the byte of the file where it begins."""

    value: memoryview
    offset: int


@dataclass(frozen=True, slots=True)
class DataSet:
    """The elements that were asked for, of a file or of an item."""

    elements: dict[int, Element] = field(default_factory=dict)
    sequences: dict[int, list["DataSet"]] = field(default_factory=dict)
    big_endian: bool = False


def is_dicom(body: bytes | bytearray) -> bool:
    """Whether this is a DICOM file, by its mark, or by its first element where the preamble was cut off."""
    return body[PREAMBLE_BYTES : PREAMBLE_BYTES + 4] == MAGIC or _begins_bare(body)


def _begins_bare(body: bytes | bytearray) -> bool:
    group, element = body[:2], int.from_bytes(body[2:4], "little")
    return (group == b"\2\0" and body[4:6].isalpha() and element <= 0x0102) or (
        group == b"\x08\0"
        and element <= 0x0018
        and (body[4:6].isupper() or body[6:8] == b"\0\0")
        and len(body) > 8
    )


def read_file(body: bytes | bytearray, wanted: Wanted) -> DataSet:
    """What is `wanted` of a DICOM file.

    Raises MalformedError where it is damaged, InvalidError where it is deflated.
    """
    view = memoryview(body)
    start = PREAMBLE_BYTES + len(MAGIC) if body[PREAMBLE_BYTES : PREAMBLE_BYTES + 4] == MAGIC else 0
    meta = _Reader(view, start)
    told = meta.meta()
    syntax = text_of(told, Tag.TRANSFER_SYNTAX_UID)
    if syntax in _DEFLATED:
        raise refused("must not be deflated: save the DICOM file as Explicit VR Little Endian", "")
    # Without a word of it, the first element shows whether its kind is written beside it.
    kind = bytes(view[meta.at + 4 : meta.at + 6])
    explicit = kind.isalpha() and kind.isupper() if syntax is None else syntax != _IMPLICIT
    reader = _Reader(view, meta.at, explicit=explicit, big_endian=syntax == _BIG_ENDIAN)
    return reader.data_set(len(view), wanted, 0)


def text_of(data_set: DataSet, tag: Tag, encoding: str = "ascii") -> str | None:
    """A value as text without what fills it up; None where there is none."""
    element = data_set.elements.get(tag)
    if element is None:
        return None
    return bytes(element.value).decode(encoding, "replace").strip(" \0") or None


def integer_of(data_set: DataSet, tag: Tag, length: int) -> int | None:
    """A value as an unsigned integer of so many bytes; None where there is none."""
    element = data_set.elements.get(tag)
    if element is None or not element.value:
        return None
    if len(element.value) != length:
        raise MalformedError(f"{called(tag)} is not one integer of {length} bytes", offset=element.offset)
    return int.from_bytes(element.value, "big" if data_set.big_endian else "little")


class _Reader:
    """Reads on from `at`."""

    def __init__(self, view: memoryview, at: int, *, explicit: bool = True, big_endian: bool = False) -> None:
        self._view = view
        self.at = at
        self._explicit = explicit
        self._set_order(big_endian=big_endian)
        self._left = _MAX_ELEMENTS

    def _set_order(self, *, big_endian: bool) -> None:
        self._big_endian = big_endian
        order = ">" if big_endian else "<"
        self._short, self._length = struct.Struct(f"{order}HH2sH"), struct.Struct(f"{order}I")

    def meta(self) -> DataSet:
        """The elements in front of the data set, which tell how that is written."""
        found = DataSet()
        while int.from_bytes(self._view[self.at : self.at + 2], "little") == _META_GROUP:
            tag, _, length = self._head(len(self._view))
            if length == _UNDEFINED:
                raise MalformedError(f"{called(tag)} must have a length", offset=self.at)
            self._keep(found, tag, length, {Tag.TRANSFER_SYNTAX_UID: None})
        return found

    def data_set(self, end: int, wanted: Wanted, depth: int, *, delimited: bool = False) -> DataSet:
        """What is wanted of the elements up to `end`, or up to the delimiter of their item before it."""
        found = DataSet(big_endian=self._big_endian)
        while self.at < end:
            tag, kind, length = self._head(end)
            if tag == _ITEM_ENDS and delimited:
                return found
            inner = wanted.get(tag)
            if length == _UNDEFINED or inner is not None:
                self._sequence(found, tag, kind, length, end, inner, depth)
            else:
                self._keep(found, tag, length, wanted)
        if delimited:
            raise MalformedError("the DICOM file ends within an item", offset=end)
        return found

    def _keep(self, found: DataSet, tag: int, length: int, wanted: Wanted) -> None:
        if tag in wanted:
            if tag in found.elements:
                raise MalformedError(f"{called(tag)} is given twice", offset=self.at)
            found.elements[tag] = Element(self._view[self.at : self.at + length], self.at)
        self.at += length

    def _sequence(
        self, found: DataSet, tag: int, kind: bytes, length: int, end: int, inner: Wanted | None, depth: int
    ) -> None:
        if depth == _MAX_DEPTH:
            raise MalformedError(f"{called(tag)} is nested far deeper than in an ECG", offset=self.at)
        if inner is not None and tag in found.sequences:
            raise MalformedError(f"{called(tag)} is given twice", offset=self.at)
        explicit, big_endian = self._explicit, self._big_endian
        if kind == _UNKNOWN:
            # By who did not know its kind, and wrote it as if it had none (PS3.5, 6.2.2).
            self._explicit = False
            self._set_order(big_endian=False)
        stop = end if length == _UNDEFINED else self.at + length
        items = self._items(tag, stop, inner, depth, delimited=length == _UNDEFINED)
        self._explicit = explicit
        self._set_order(big_endian=big_endian)
        if inner is not None:
            found.sequences[tag] = items

    def _items(
        self, tag: int, end: int, inner: Wanted | None, depth: int, *, delimited: bool
    ) -> list[DataSet]:
        items: list[DataSet] = []
        while self.at < end:
            item, _, length = self._head(end)
            if item == _SEQUENCE_ENDS and delimited:
                return items
            if item != _ITEM:
                raise MalformedError(f"{called(tag)} holds something else than items", offset=self.at)
            if length == _UNDEFINED:
                items.append(self.data_set(end, inner or {}, depth + 1, delimited=True))
            elif inner is None:
                self.at += length
            else:
                items.append(self.data_set(self.at + length, inner, depth + 1))
        if delimited:
            raise MalformedError(f"the DICOM file ends within {called(tag)}", offset=end)
        return items

    def _head(self, end: int) -> tuple[int, bytes, int]:
        """The tag, kind and length of the element that is here, which fits before `end`; moves to its value."""
        start = self.at
        self._left -= 1
        if self._left < 0:
            raise MalformedError(f"the DICOM file has more than {_MAX_ELEMENTS} elements", offset=start)
        try:
            group, number, kind, length = self._short.unpack_from(self._view, start)
            tag, size, is_item = group << 16 | number, _SHORT_BYTES, group == _ITEM_GROUP
            if is_item or not self._explicit:
                kind, (length,) = b"", self._length.unpack_from(self._view, start + 4)
            elif kind in _LONG:
                size, (length,) = _LONG_BYTES, self._length.unpack_from(self._view, start + 8)
        except struct.error:
            size = end + 1
        if start + size > end:
            raise MalformedError("the DICOM file ends within the head of an element", offset=start)
        if self._explicit and not is_item and not kind.isupper():
            raise MalformedError(f"{called(tag)} has no kind of value where one must be", offset=start + 4)
        self.at = start + size
        if length != _UNDEFINED and length > end - self.at:
            raise MalformedError(f"{called(tag)} claims more bytes than there are", offset=start)
        return tag, kind, length
