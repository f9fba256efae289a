"""Signals are cut out of a body where they are, whatever its texts hold, and nothing else is."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.json import signals
from formats.json.signals import UncutError, members
from tests.unit.formats.json.test_decoding import UPLOADS

PLENTY = 100_000


def cut(body: bytes, *, max_steps: int = PLENTY, max_bytes: int = PLENTY) -> tuple[bytes, list[bytes]]:
    """The skeleton and the arrays."""
    skeleton, places = signals.cut(body, max_steps=max_steps, max_bytes=max_bytes)
    return skeleton, [body[start:end] for start, end in places]


@pytest.mark.parametrize(
    ("body", "skeleton", "arrays"),
    [
        (b'{"a":[1,2],"b":[ ]}', b'{"a":[],"b":[]}', [b"[1,2]", b"[ ]"]),
        (b'{"a[1]":[1]}', b'{"a[1]":[]}', [b"[1]"]),
        (rb'{"a\"[1]":"\\","b":[1]}', rb'{"a\"[1]":"\\","b":[]}', [b"[1]"]),
        (b'[[1],["[2]"],[{"a":3}],[[]]]', b'[[],["[2]"],[{"a":3}],[[]]]', [b"[1]", b"[]"]),
        (b"[1,2", b"[1,2", []),
        (b"]1[", b"]1[", []),
        (b"[1]]", b"[]]", [b"[1]"]),
        (b'"[1]"', b'"[1]"', []),
        (b"7", b"7", []),
        (b"", b"", []),
    ],
)
def test_only_arrays_of_neither_texts_nor_nested_values_are_cut_out(
    body: bytes, skeleton: bytes, arrays: list[bytes]
) -> None:
    assert cut(body) == (skeleton, arrays)


@given(UPLOADS, st.sampled_from([None, 1]))
def test_a_skeleton_is_the_upload_without_its_signals(sent: dict[str, object], indent: int | None) -> None:
    body = json.dumps(sent, indent=indent).encode()
    skeleton, arrays = cut(body)
    expected = json.loads(body)
    assert [json.loads(array) for array in arrays] == [lead["signal"] for lead in expected["leads"]]
    for lead in expected["leads"]:
        lead["signal"] = []
    assert json.loads(skeleton) == expected


@pytest.mark.parametrize(
    ("skeleton", "count"),
    [
        (b"{}", 0),
        (b'{"a":1,"b":{"c":[]}}', 3),
        (b'{"a":1,"a":[{"b":1},{"b":1}]}', 4),
        (rb'{"a:\":":":","b" : "\\"}', 2),
    ],
)
def test_members_are_counted_wherever_they_are(skeleton: bytes, count: int) -> None:
    assert members(skeleton) == count


@given(st.text(alphabet='[]{}",\\1 ').map(str.encode))
def test_a_body_is_json_when_its_skeleton_and_arrays_are_and_only_then(body: bytes) -> None:
    try:
        skeleton, arrays = cut(body)
    except UncutError:
        assert not is_json(body)
    else:
        assert is_json(body) == all(map(is_json, (skeleton, *arrays)))


@pytest.mark.parametrize("mark", [b"[", b'""', b"[]", b"[{", b'[""'])
def test_no_body_is_looked_at_for_longer_than_allowed(mark: bytes) -> None:
    with pytest.raises(UncutError):
        cut(mark * PLENTY + b"[", max_steps=1_000)


def test_no_body_is_kept_but_for_its_arrays() -> None:
    many = b"[" + b"1," * PLENTY + b"1]"
    assert cut(b"[" + many + b"]", max_bytes=2) == (b"[[]]", [many])
    with pytest.raises(UncutError):
        cut(b"[" + many + b" ]", max_bytes=2)


def test_a_text_without_an_end_is_refused() -> None:
    with pytest.raises(UncutError):
        cut(b'{"a\\" [1]')


def is_json(text: bytes) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
