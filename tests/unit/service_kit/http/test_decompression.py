"""Compressed bodies are taken apart whole, within their limit, or refused."""

import gzip
import zlib

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.problems import MalformedError, TooLargeError
from service_kit.http.decompression import (
    ALWAYS_TAKEN_BYTES,
    GZIP,
    IDENTITY,
    MOST_TIMES,
    ZSTD,
    Body,
    most_bytes,
    unpacked,
)

MAX_BYTES = 10_000
MANY = 2**40
ENCODINGS = (GZIP, ZSTD)


def encode(content: bytes, encoding: str) -> bytes:
    if encoding == GZIP:
        return gzip.compress(content)
    compressed: bytes = pa.compress(content, codec="zstd", asbytes=True)
    return compressed


def decode(body: bytes, encoding: str, max_bytes: int = MAX_BYTES) -> bytes:
    return bytes(unpacked(body, encoding, max_bytes=max_bytes))


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


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_what_is_large_is_taken_apart_in_pieces(encoding: str) -> None:
    rng = np.random.default_rng(7)
    for content in (bytes(4_000_000), rng.bytes(3_000_000), bytes(2**20), bytes(2**20 + 1)):
        whole = encode(content, encoding)
        assert decode(whole, encoding, len(content)) == content
        with pytest.raises(TooLargeError):
            decode(whole, encoding, len(content) - 1)
        for broken in (whole[:-1], whole + b"x"):
            with pytest.raises(MalformedError):
                decode(broken, encoding, len(content))


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_what_holds_hundreds_of_times_its_bytes_is_a_bomb_where_it_is_large(encoding: str) -> None:
    plain = bytes(ALWAYS_TAKEN_BYTES)
    assert decode(encode(plain, encoding), encoding, 2 * ALWAYS_TAKEN_BYTES) == plain
    noise = np.random.default_rng(7).bytes(ALWAYS_TAKEN_BYTES // 100)
    honest = noise + bytes(ALWAYS_TAKEN_BYTES)
    assert decode(encode(honest, encoding), encoding, 2 * ALWAYS_TAKEN_BYTES) == honest
    with pytest.raises(TooLargeError, match="send it uncompressed"):
        decode(encode(plain + b"x", encoding), encoding, 2 * ALWAYS_TAKEN_BYTES)


def most(body: Body, encoding: str) -> int:
    return most_bytes(body, encoding, max_bytes=MANY)


@given(st.binary(max_size=MAX_BYTES) | st.sampled_from([bytes(100_000), bytes(2_000_000)]))
def test_a_body_says_how_much_it_holds(content: bytes) -> None:
    for encoding in ENCODINGS:
        assert most(encode(content, encoding), encoding) == len(content)
        assert most_bytes(encode(content, encoding), encoding, max_bytes=7) == min(7, len(content))
    assert most(encode(content, ZSTD) + encode(content, ZSTD), ZSTD) == 2 * len(content)
    assert most(content, IDENTITY) == len(content)


def test_it_may_hold_as_much_as_is_taken_where_it_does_not_say() -> None:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(b"{}")
    unsaid = sink.getvalue().to_pybytes()
    skipped = b"\x50\x2a\x4d\x18\1\0\0\0x"
    many = encode(b"", ZSTD) * 100_000
    for body in (unsaid, encode(b"{}", ZSTD) + unsaid, skipped, many, b"junk", encode(b"a" * 999, ZSTD)[:8]):
        assert most(body, ZSTD) == min(MANY, max(ALWAYS_TAKEN_BYTES, MOST_TIMES * len(body)))


@given(st.binary(max_size=40), st.booleans())
def test_whatever_is_sent_is_asked_how_much_it_holds(body: bytes, begun: bool) -> None:
    assert 0 <= most(b"\x28\xb5\x2f\xfd" * begun + body, ZSTD) <= MANY


def test_one_that_says_less_than_it_holds_is_broken() -> None:
    whole = encode(bytes(1_000), GZIP)
    for lie in (0, 999, 1_001):
        with pytest.raises(MalformedError):
            decode(whole[:-4] + lie.to_bytes(4, "little"), GZIP)
    whole = encode(bytes(1_000), ZSTD)
    place = whole.index((1_000 - 256).to_bytes(2, "little"))
    for lie in (0, 999, 1_001):
        told = whole[:place] + max(lie - 256, 0).to_bytes(2, "little") + whole[place + 2 :]
        assert most(told, ZSTD) == max(lie, 256)
        with pytest.raises(MalformedError):
            decode(told, ZSTD)
