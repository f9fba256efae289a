"""Samples are integers of 32 bits, read the same by either parser."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from formats.json import long_signals, samples
from formats.json.long_signals import SamplesError
from formats.signal import Signal
from schemas.ecg import Lead, narrowest
from tests.unit.schemas.strategies import told_samples

INT32 = st.integers(-(2**31), 2**31 - 1)
MOST = 1_000
LIBRARIES = ["msgspec", "simdjson"][: 1 + samples.HAS_SIMDJSON]
INTEGERS = [getattr(samples, f"integers_by_{library}") for library in LIBRARIES]


def parse_samples(array: bytes, *, max_samples: int) -> Signal:
    """Of an array that is somewhere in a body."""
    body = bytearray(b"7," + array + b",7]")
    read = samples.parse_samples(body, 2, 2 + len(array), max_samples=max_samples)
    (signal,) = samples.finished([read], body)
    assert len(read) == len(signal)
    return signal


def told(signal: Signal) -> list[int | None]:
    return told_samples(Lead("I", signal.samples, missing=signal.missing))


@pytest.fixture(params=LIBRARIES, autouse=True)
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in ("integers", "floats"):
        monkeypatch.setattr(samples, f"parse_{kind}", getattr(samples, f"{kind}_by_{request.param}"))


@pytest.mark.parametrize("parse", INTEGERS)
@given(st.lists(st.integers(-(2**63), 2**63 - 1)), st.sampled_from([None, 1]))
def test_integers_are_read_as_they_were_written(
    parse: Callable[[bytes], NDArray[Any]], sent: list[int], indent: int | None
) -> None:
    assert parse(json.dumps(sent, indent=indent).encode()).tolist() == sent


@pytest.mark.parametrize(
    ("array", "dtype"),
    [
        (b"[]", "int16"),
        (b"[-32768,32767]", "int16"),
        (b"[32768]", "int32"),
        (b"[-2147483648, -0]", "int32"),
        (b"[null]", "int16"),
        (b"[1,null , 0,\nnull,-1]", "int16"),
        (b"[null,32768,null]", "int32"),
        (b"[1.0]", "int16"),
        (b"[1e3,-2E+1,null,0.0,250e-1]", "int16"),
        (b"[-2147483648.0,2147483647]", "int32"),
    ],
)
def test_the_narrowest_type_holds_them(array: bytes, dtype: str) -> None:
    read = parse_samples(array, max_samples=MOST)
    assert (told(read), read.samples.dtype.name) == (json.loads(array), dtype)


@pytest.mark.parametrize(
    "array",
    [
        b"[1.5]",
        b"[1e-3]",
        b"[1,2.0,-0.25,null]",
        b"[2147483648.0]",
        b"[1e300]",
        b"[1e999]",
        b"[1.]",
        b"[.5]",
        b"[1.0,true]",
        b'[1.0,"3"]',
        b"[true]",
        b"[nul]",
        b"[NULL]",
        b"[1null]",
        b"[null1]",
        b"[-null]",
        b"[null null]",
        b"[nullnull]",
        b"[1,,null]",
        b"[null,]",
        b"[NaN]",
        b"[-Infinity]",
        b"[01]",
        b"[+1]",
        b"[-]",
        b"[1,]",
        b"[,1]",
        b"[1,,2]",
        b"[1 2]",
        b"[1]]",
        b"[1] 2",
        b"[1\0]",
        b"[0x1]",
        b"[1_000]",
        b"[2147483648]",
        b"[-2147483649]",
        b"[9223372036854775807]",
        b"[9223372036854775808]",
        b"[18446744073709551616]",
        b"[-9223372036854775809]",
        b"[" + b"9" * 5_000 + b"]",
        b"[" + b"1," * MOST + b"1]",
        b"[1",
        b"",
    ],
)
def test_anything_else_is_refused(array: bytes) -> None:
    with pytest.raises(SamplesError):
        parse_samples(array, max_samples=MOST)


def test_as_many_as_are_allowed_are_read() -> None:
    assert len(parse_samples(b"[" + b"1," * (MOST - 1) + b"1]", max_samples=MOST)) == MOST


@given(
    st.lists(INT32 | st.integers(-9, 9) | st.none(), min_size=1),
    st.sampled_from([b",", b" , ", b",\n" + b" " * 40]),
)
def test_a_long_array_is_read_in_pieces(sent: list[int | None], comma: bytes) -> None:
    with pytest.MonkeyPatch.context() as patched:
        for module in (samples, long_signals):
            patched.setattr(module, "PIECE_BYTES", 16)
        read = parse_samples(
            b"[" + comma.join(json.dumps(sample).encode() for sample in sent) + b"]", max_samples=MOST
        )
    assert told(read) == sent
    assert read.samples.dtype == narrowest(np.array([sample or 0 for sample in sent])).dtype


@pytest.mark.parametrize(
    "bad", [b"", b" ", b"1.5", b"1 2", b"-", b"99999999999", b"1" * 100, b" " * 50 + b"1 1"]
)
@pytest.mark.parametrize("where", [0, 10, 19])
def test_nothing_else_is_read_in_pieces(bad: bytes, where: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (samples, long_signals):
        monkeypatch.setattr(module, "PIECE_BYTES", 16)
    values = [b"%d" % value for value in range(100, 120)]
    values[where] = bad
    with pytest.raises(SamplesError):
        parse_samples(b"[" + b",".join(values) + b"]", max_samples=MOST)
