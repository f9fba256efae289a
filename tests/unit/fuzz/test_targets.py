"""Whatever is done to good bytes, they are taken or refused, and nothing else. `make fuzz` looks for longer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz.targets import TARGETS

# What readers stumble over: lengths and offsets at their ends, other encodings, quotes and brackets.
TELLING = (
    b"\xff" * 4,
    b"\x00" * 8,
    b"\x7f\xff\xff\xff",
    b"\xed\xa0\x80",
    b'"',
    b"[" * 2_000,
    b"1e999",
    b"-0",
    b"NaN",
)


def changed(seed: bytes, changes: list[tuple[int, int, bytes]]) -> bytes:
    """The seed with some of its bytes, at a place in thousandths of it, replaced by others."""
    for place, length, new in changes:
        at = len(seed) * place // 1000
        seed = seed[:at] + new + seed[at + length :]
    return seed


CHANGES = st.lists(
    st.tuples(st.integers(0, 1000), st.integers(0, 8), st.binary(max_size=8) | st.sampled_from(TELLING)),
    min_size=1,
    max_size=6,
)


@pytest.mark.parametrize("name", TARGETS)
def test_what_is_good_is_taken(name: str) -> None:
    for seed in TARGETS[name].seeds:
        TARGETS[name].read(seed)


@pytest.mark.parametrize("name", TARGETS)
@given(data=st.data())
def test_what_was_changed_is_taken_or_refused(name: str, data: st.DataObject) -> None:
    seed = data.draw(st.sampled_from(TARGETS[name].seeds))
    TARGETS[name].try_one(changed(seed, data.draw(CHANGES)))
