"""Compressed bodies are taken apart whole, within their limit, or refused."""

import asyncio
import gzip
import zlib

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.problems import MalformedError, TooLargeError
from service_kit.encodings import GZIP, IDENTITY, ZSTD, decoded

MAX_BYTES = 10_000
ENCODINGS = (GZIP, ZSTD)


def encode(content: bytes, encoding: str) -> bytes:
    if encoding == GZIP:
        return gzip.compress(content)
    compressed: bytes = pa.compress(content, codec="zstd", asbytes=True)
    return compressed


def decode(body: bytes, encoding: str, max_bytes: int = MAX_BYTES) -> bytes:
    return asyncio.run(decoded(body, encoding, max_bytes=max_bytes))


@given(st.binary(max_size=MAX_BYTES), st.sampled_from(ENCODINGS))
def test_what_was_compressed_comes_back(content: bytes, encoding: str) -> None:
    assert decode(encode(content, encoding), encoding) == content
    assert decode(content, IDENTITY) == content


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_limit_holds_for_what_comes_out(encoding: str) -> None:
    assert len(decode(encode(b"x" * MAX_BYTES, encoding), encoding)) == MAX_BYTES
    with pytest.raises(TooLargeError):
        decode(encode(b"x" * (MAX_BYTES + 1), encoding), encoding)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_what_breaks_off_or_is_followed_by_something_is_malformed(encoding: str) -> None:
    whole = encode(bytes(range(256)) * 20, encoding)
    for body in (whole[:-1], whole[: len(whole) // 2], whole[:3], whole + b"x", b"junk", b"\0" * 100):
        with pytest.raises(MalformedError):
            decode(body, encoding)


def test_gzip_is_one_member_and_no_other_format_of_zlib() -> None:
    with pytest.raises(MalformedError):
        decode(gzip.compress(b"{}") * 2, GZIP)
    with pytest.raises(MalformedError):
        decode(zlib.compress(b"{}"), GZIP)
    with pytest.raises(MalformedError):
        decode(b"", GZIP)


def test_frames_of_zstd_follow_each_other_empty_ones_too() -> None:
    frames = [b"", b"a", b"", b"", b"b" * 5000, b""]
    assert decode(b"".join(encode(frame, ZSTD) for frame in frames), ZSTD) == b"".join(frames)
    many = encode(b"", ZSTD) * 100_000 + encode(b"end", ZSTD)
    assert decode(many, ZSTD) == b"end"


def test_the_sum_that_gzip_carries_is_checked() -> None:
    whole = bytearray(gzip.compress(bytes(range(256)) * 8))
    whole[-5] ^= 1
    with pytest.raises(MalformedError):
        decode(bytes(whole), GZIP)
