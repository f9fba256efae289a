"""Whether a body is JSON, and if not, from which byte on and by what usual mistake.

Of the body nothing is told but what is found in the list below.
"""

import re

import msgspec

from schemas.problems import MalformedError

_OFFSET = re.compile(r"\(byte (\d+)\)$")
# As text a body takes up to four times its bytes: it is looked at in pieces.
_PIECE_BYTES = 64 * 1024
# A character of UTF-8 is one byte and up to three more that begin with these bits.
_FURTHER_BITS, _FURTHER, _MOST_FURTHER = 0xC0, 0x80, 3
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")
# Words of other languages. The decoder gets to the second letter of some before it sees that it is not `null`.
_WORDS = (
    (re.compile(rb"(?i:nan)\b"), "NaN, which JSON does not have"),
    (re.compile(rb"(?i:inf(inity)?)\b"), "Infinity, which JSON does not have"),
    (re.compile(rb"None\b|undefined\b"), "a word for nothing that JSON does not have"),
    (re.compile(rb"True\b|False\b"), "true or false in other letters than JSON's"),
)
_MARKS = (
    (re.compile(rb"\xef\xbb\xbf"), "a byte order mark, which JSON does not begin with"),
    (re.compile(rb"\0"), "a NUL byte"),
    (re.compile(rb"'"), "a single quote, where JSON has double ones"),
    (re.compile(rb"/[/*]|#"), "a comment, which JSON does not have"),
    (re.compile(rb"[\x01-\x1f\x7f]"), "a control character, which is escaped in a text"),
)
_TRAILING_COMMA = "trailing comma"


def malformed(body: bytes | bytearray) -> MalformedError | None:
    """The problem of a body that is not JSON; None where it is."""
    return _not_text(body) or _not_json(body)


def _not_text(body: bytes | bytearray) -> MalformedError | None:
    start = 0
    while start < len(body):
        end = _end_of_characters(body, min(start + _PIECE_BYTES, len(body)))
        try:
            body[start:end].decode()
        except UnicodeDecodeError as error:
            if body.startswith(_WIDE_MARKS):
                return MalformedError("the body is UTF-16 by its first bytes, and has to be UTF-8", offset=0)
            return MalformedError("the body is not UTF-8 from here", offset=start + error.start)
        start = end
    return None


def _end_of_characters(body: bytes | bytearray, end: int) -> int:
    """`end`, or a little before it, so that no character is cut in two."""
    for back in range(_MOST_FURTHER + 1):
        if end == len(body) or body[end - back] & _FURTHER_BITS != _FURTHER:
            return end - back if end < len(body) else end
    return end


def _not_json(body: bytes | bytearray) -> MalformedError | None:
    try:
        msgspec.json.decode(body, type=msgspec.Raw)
    except msgspec.DecodeError as error:
        message = str(error)
    except RecursionError:
        return MalformedError("the body is nested far deeper than an ECG is")
    else:
        return None
    found = _OFFSET.search(message)
    if found is None:
        return MalformedError("the body ends before its JSON does", offset=len(body))
    # The decoder has read on by one when it finds more behind the end.
    offset = int(found[1]) - message.count("trailing characters")
    comma = f"a {_TRAILING_COMMA}, which JSON does not have"
    return _named(body, offset, comma if _TRAILING_COMMA in message else None)


def _named(body: bytes | bytearray, offset: int, found: str | None) -> MalformedError:
    looked_for = [(*mark, offset) for mark in _MARKS]
    looked_for += [(*word, place) for word in _WORDS for place in (offset, max(offset - 1, 0))]
    for pattern, name, place in looked_for:
        if found is None and pattern.match(body, place):
            found, offset = name, place
    detail = "the body stops being JSON here"
    return MalformedError(detail if found is None else f"{detail}: {found}", offset=offset)
