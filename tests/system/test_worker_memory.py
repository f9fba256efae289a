"""No body, of whatever shape, takes more than twice what it is unpacked, and what it took is given back.

Where samples are missing it is two and a half times: which ones are missing takes a byte of each sample. So it is where
each was three bytes, in BDF, and where each was one, in Arrow or DICOM, three times.
"""

import asyncio
import gzip
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
import pytest
import uvloop

from formats.decoders import JSON
from formats.rules import Limits
from harness.arrow_streams import stream
from harness.dicom_files import Group, ecg
from harness.edf_files import File, Signal
from harness.file_formats import GOOD
from harness.wfdb_files import record, zipped
from ingest_api.preparing import Order
from ingest_api.workers.pool import Workers
from schemas.arrow import CONTENT_TYPE as ARROW
from schemas.arrow import encode_leads
from schemas.ecg import Lead
from schemas.problems import Problem
from service_kit.http.decompression import GZIP, IDENTITY, ZSTD

OWNER = UUID(int=1)
BYTES = 16_000_000
# What is at work at once beside body and samples: a piece, an event, what zstd looks back at; and what the measuring of
# coverage, beside other tests, adds to it.
WORKING_BYTES = 9_000_000
LIMITS = Limits(
    leads=1_024, samples_per_lead=4_000_000, name_characters=64, units_characters=32, segments=256
)
SMALL = b'{"leads":[{"name":"I","signal":[1,-2]}]}'

SMALL_WITH_GAPS = encode_leads([Lead("I", np.ones(10_000, np.int16), missing=np.arange(10_000) % 2 == 0)])


def many(text: bytes) -> bytes:
    return text * (BYTES // len(text))


def signal(text: bytes) -> bytes:
    return b'{"leads":[{"name":"I","signal":[' + text + b"]}]}"


def leads(*signals: bytes) -> bytes:
    told = (b'{"name":"%d","signal":[%b]}' % (index, signal) for index, signal in enumerate(signals))
    return b'{"leads":[' + b",".join(told) + b"]}"


def arrow(*signals: "np.ndarray[tuple[int], np.dtype[np.int32]]") -> bytes:
    return encode_leads([Lead(f"{index}", signal) for index, signal in enumerate(signals)])


def listed(samples: "np.ndarray[tuple[int], np.dtype[Any]]") -> bytes:
    """As a table's writer makes it of an array of any type."""
    signal = pa.ListArray.from_arrays(pa.array([0, len(samples)], pa.int32()), pa.array(samples))
    return stream({"name": pa.array(["I"]), "signal": signal})


DICOM, EDF = "application/dicom", "application/edf"
NAMES = ("I", "II", "III", "aVR")
WIDE: Any = {"kind": "SL", "dtype": "<i4"}
DIGITS = b"1," * (BYTES // 8) + b"1"
SHAPES = {
    "one digit a sample": (JSON, leads(DIGITS, DIGITS, DIGITS, DIGITS)),
    "and one of 32 bits": (JSON, leads(*[DIGITS[:-1] + b"70000"] * 4)),
    "and that the first": (JSON, leads(*[b"70000," + DIGITS] * 4)),
    "32 bits": (JSON, signal(many(b"1234567,") + b"1")),
    "blanks between samples": (JSON, signal(b"1," + many(b" \n") + b"2")),
    "blanks": (JSON, many(b" ") + SMALL),
    "texts": (JSON, signal(many(b'"12",') + b"1")),
    "a text": (JSON, b'{"id":"' + many(b"a") + b'"}'),
    "a text of four-byte characters": (JSON, b'{"id":"' + many("\U0001f600".encode()) + b'"}'),
    "escapes": (JSON, b'{"id":"' + many(rb"\"") + b'"}'),
    "a text without an end": (JSON, b'{"id":"' + many(rb"\"")),
    "a key": (JSON, b'{"' + many(rb"\"") + b'":1}'),
    "keys": (JSON, b"{" + many(b'"a":1,') + b'"b":1}'),
    "a member given many times": (JSON, b"{" + many(b'"id":1,') + b'"b":1}'),
    "a signal given twice": (
        JSON,
        b'{"leads":[{"name":"I","signal":[' + DIGITS + b'],"signal":[' + DIGITS + b"]}]}",
    ),
    "floats": (JSON, signal(many(b"12.5,") + b"1")),
    "long numbers": (JSON, signal(many(b"9" * 100_000 + b",") + b"1")),
    "a long number": (JSON, signal(many(b"9"))),
    "a broken sample at the end": (JSON, signal(many(b"1234567,") + b'"1"')),
    "arrays": (JSON, signal(many(b"[],") + b"1")),
    "arrays for leads": (JSON, b'{"leads":[' + many(b"[],") + b"1]}"),
    "objects": (JSON, b'{"leads":[' + many(b"{},") + b"1]}"),
    "nesting": (JSON, many(b"[")),
    "nesting of objects": (JSON, many(b'{"a":')),
    "bytes that are no text": (JSON, b'{"id":"' + many(b"a") + b'\xff"}'),
    "zeros": (JSON, many(b"\0")),
    "Arrow of 16 bits": (ARROW, arrow(*np.ones((4, BYTES // 8), np.int16))),
    "Arrow of 32 bits": (ARROW, arrow(*np.full((4, BYTES // 16), 70_000, np.int32))),
    "Arrow of 32 bits that need 16": (
        ARROW,
        arrow(np.ones(BYTES // 4 - 1, np.int32), np.full(1, 70_000, np.int32)),
    ),
    "Arrow of 64 bits": (ARROW, listed(np.ones(BYTES // 8, np.int64))),
    "Arrow of floats": (ARROW, listed(np.full(BYTES // 8, 70_000.0))),
    "no Arrow": (ARROW, many(b"\0")),
    "DICOM of 16 bits": (DICOM, ecg(Group(np.ones((4, BYTES // 8), np.int16), names=NAMES))),
    "DICOM of 32 bits": (DICOM, ecg(Group(np.full((4, BYTES // 16), 70_000), names=NAMES, **WIDE))),
    "EDF": (EDF, File([Signal(np.ones(BYTES // 8, np.int16)) for _ in "1234"]).to_bytes()),
    "DICOM of many elements": (DICOM, GOOD[DICOM] + many(b"\x10\x7f\x10\0LO\0\0")),
}
EVERY_OTHER = np.arange(BYTES // 4) % 2 == 0
HALF = b"1," * (BYTES // 4)
SHAPES_WITH_GAPS = {
    "BDF": (EDF, File([Signal(np.full(BYTES // 12, 70_000)) for _ in "1234"], bdf=True).to_bytes()),
    "one digit a sample, the first missing": (JSON, leads(b"null," + HALF + b"1", HALF + b"1")),
    "and one of 32 bits": (JSON, leads(*[b"null," + HALF + b"70000"] * 2)),
    "each missing": (JSON, signal(many(b"null,") + b"null")),
    "Arrow, every other missing": (
        ARROW,
        encode_leads([Lead(name, np.ones(BYTES // 4, np.int16), missing=EVERY_OTHER) for name in "AB"]),
    ),
}


@dataclass(frozen=True, slots=True)
class Bench:
    """A worker, and how much was resident of it before it saw anything large."""

    runner: asyncio.Runner
    workers: Workers
    pid: int
    idle: int

    def peak(self, form: str, encoding: str, body: bytes) -> int:
        """The most that is resident at this body."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")
        assert self.runner.run(work(self.workers, form, encoding, body)) == self.pid
        return resident(self.pid, "VmHWM")


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    workers = Workers(LIMITS, max_bytes=2 * BYTES, count=1)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        # The functions that read nulls are 15 MB of Arrow's own, once.
        pid = runner.run(work(workers, ARROW, IDENTITY, SMALL_WITH_GAPS))
        yield Bench(runner, workers, pid, resident(pid, "VmRSS"))
        runner.run(workers.close())


@pytest.mark.skipif(sys.platform != "linux", reason="told by Linux")
@pytest.mark.parametrize("shape", SHAPES)
def test_a_body_takes_at_most_twice_its_bytes(bench: Bench, shape: str) -> None:
    takes_at_most(bench, 2, *SHAPES[shape])


@pytest.mark.skipif(sys.platform != "linux", reason="told by Linux")
@pytest.mark.parametrize("shape", SHAPES_WITH_GAPS)
def test_a_body_with_missing_samples_or_of_three_bytes_each_takes_half_its_bytes_more(
    bench: Bench, shape: str
) -> None:
    takes_at_most(bench, 2.5, *SHAPES_WITH_GAPS[shape])


@pytest.mark.skipif(sys.platform != "linux", reason="told by Linux")
@pytest.mark.parametrize("line", ["17.dat 16", "17.dat 212"])
def test_an_archive_takes_at_most_five_times_its_bytes(bench: Bench, line: str) -> None:
    files = record(line, head="17 1", data=np.ones(BYTES // 4, np.int16).tobytes())
    takes_at_most(bench, 5, "application/zip", zipped(files, packed=False))


def takes_at_most(bench: Bench, times: float, form: str, body: bytes) -> None:
    packed: bytes = pa.compress(body, codec="zstd", asbytes=True)
    for encoding, sent in ((IDENTITY, body), (ZSTD, packed), (GZIP, gzip.compress(body, 1))):
        took = bench.peak(form, encoding, sent) - bench.idle
        assert took <= times * len(body) + WORKING_BYTES, f"{took / len(body):.2f} times, {encoding}"
        assert resident(bench.pid, "VmRSS") - bench.idle <= WORKING_BYTES


async def work(workers: Workers, form: str, encoding: str, body: bytes) -> int:
    """Have a worker work on a body, good or bad; its process id."""
    async with workers.turn(OWNER) as worker:
        with suppress(Problem):
            taken = await worker.begin(Order(form, encoding, OWNER, None, ""), 1, [body])
            async for _ in worker.records(taken.events):
                pass
        return worker.pid


def resident(pid: int, name: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))
