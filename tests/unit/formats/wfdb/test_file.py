"""The ECG in a WFDB record is what its header and its signal files hold, in every format of samples."""

import struct
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.wfdb.file import read_form, read_zip
from harness.recordings import CINC_RECORDS, Recording, cinc, mitdb_100, needs_data
from harness.wfdb_files import form, good, of_16, record, zipped
from schemas.ecg import Ecg
from schemas.problems import InvalidError, MalformedError
from schemas.times import format_rfc3339
from tests.unit.schemas.strategies import told_samples

LINE = "17.dat 16 800(0)/mV 16 0 1 0 0 ECG I"
FOUR = of_16([1, -2, 300, 4])


def ecg_of(*lines: str, head: str = "17 1 500 4 09:30:05 14/01/2025", data: bytes = FOUR) -> Ecg:
    return read_zip(zipped(record(*lines, head=head, data=data))).ecg


def bits_of(samples: Sequence[int], bits: int) -> list[int]:
    return [sample % (1 << bits) for sample in samples]


def as_212(samples: Sequence[int]) -> bytes:
    values = bits_of([*samples, 0], 12)
    pairs = zip(values[::2], values[1::2], strict=False)
    packed = b"".join(bytes((one & 0xFF, one >> 8 | other >> 8 << 4, other & 0xFF)) for one, other in pairs)
    return packed[: -(-len(samples) * 3 // 2)]


def as_310(samples: Sequence[int]) -> bytes:
    values = bits_of([*samples, 0, 0], 10)
    threes = zip(values[::3], values[1::3], values[2::3], strict=False)
    return b"".join(
        struct.pack("<2H", one << 1 | (third & 0x1F) << 11, other << 1 | third >> 5 << 11)
        for one, other, third in threes
    )


def as_311(samples: Sequence[int]) -> bytes:
    values = bits_of([*samples, 0, 0], 10)
    threes = zip(values[::3], values[1::3], values[2::3], strict=False)
    return b"".join(struct.pack("<I", one | other << 10 | third << 20) for one, other, third in threes)


def packed(layout: str, zero: int = 0) -> Callable[[Sequence[int]], bytes]:
    return lambda samples: b"".join(struct.pack(layout, sample + zero) for sample in samples)


def as_24(samples: Sequence[int]) -> bytes:
    return b"".join(sample.to_bytes(3, "little", signed=True) for sample in samples)


# Of each format how it is written, and the bits of a sample, whose least value is none.
WRITERS = {
    16: (of_16, 16), 24: (as_24, 24), 32: (packed("<i"), 32), 61: (packed(">h"), 16), 80: (packed("B", 128), 8),
    160: (packed("<H", 32_768), 16), 212: (as_212, 12), 310: (as_310, 10), 311: (as_311, 10),
}  # fmt: skip


@pytest.mark.parametrize("kind", WRITERS)
@given(st.data())
def test_samples_are_read_in_every_format_and_the_least_is_missing(kind: int, data: st.DataObject) -> None:
    write, bits = WRITERS[kind]
    most = 1 << (bits - 1)
    samples = data.draw(st.lists(st.integers(-most, most - 1), min_size=1, max_size=9))
    ecg = ecg_of(f"17.dat {kind} 200", head=f"17 1 360 {len(samples)}", data=write(samples))
    assert told_samples(ecg.leads[0]) == [None if one == -most else one for one in samples]


def test_differences_begin_at_the_initial_value() -> None:
    ecg = ecg_of(
        "17.dat 8 200 12 0 -100",
        "17.dat 8 200 12 0 50",
        head="17 2 360 3",
        data=struct.pack("6b", 0, 1, 5, -128, -7, 2),
    )
    assert [lead.signal.tolist() for lead in ecg.leads] == [[-100, -95, -102], [51, -77, -75]]
    with pytest.raises(MalformedError, match="line 2 of the WFDB header has a sample beyond 32 bits"):
        ecg_of("17.dat 8 200 12 0 2147483647", head="17 1 360 1", data=b"\1")


def as_sent(recording: Recording, header: str, signals: str) -> None:
    folder = needs_data()
    files = {name.rpartition("/")[2]: (folder / name).read_bytes() for name in (header, signals)}
    for ecg in (read_zip(zipped(files)).ecg, read_form(form(files)).ecg):
        assert {lead.name: lead.signal.tolist() for lead in ecg.leads} == {
            name: list(signal) for name, signal in recording.signals.items()
        }
        assert {(lead.adc_gain, lead.baseline) for lead in ecg.leads} == {
            (recording.adc_gain, recording.baseline)
        }
        assert ecg.sampling_frequency == recording.sampling_frequency


@pytest.mark.parametrize("name", CINC_RECORDS)
def test_a_record_of_a_challenge_is_read(name: str) -> None:
    as_sent(cinc(name), f"cinc2021/{name}.hea", f"cinc2021/{name}.mat")


def test_a_record_of_mit_bih_is_read() -> None:
    as_sent(mitdb_100(), "mitdb/100.hea", "mitdb/100.dat")


@pytest.mark.parametrize(
    ("line", "gain", "baseline", "units"),
    [
        ("17.dat 16 800(0)/mV", 800.0, 0, None),
        ("17.dat 16 200 11 1024 995 -22131 0 MLII", 200.0, 1024, None),
        ("17.dat 16 200(-7) 11 1024", 200.0, -7, None),
        ("17.dat 16 0.5/uV", 500.0, 0, None),
        ("17.dat 16 1e2(5)/mmHg", 100.0, 5, "mmHg"),
        ("17.dat 16 0 11 1024", None, 1024, None),
        ("17.dat 16", None, 0, None),
    ],
)
def test_size_and_zero_are_those_of_the_header(
    line: str, gain: float, baseline: int, units: str | None
) -> None:
    (lead,) = ecg_of(line).leads
    assert (lead.adc_gain, lead.baseline, lead.units) == (gain, baseline, units)


def test_what_a_header_may_leave_out_is_left_out() -> None:
    ecg = ecg_of("17.dat 16", head="\n# a comment\n\n17 1")
    assert (ecg.sampling_frequency, ecg.date) == (250.0, None)
    assert [(lead.name, lead.signal.tolist()) for lead in ecg.leads] == [("signal 1", [1, -2, 300, 4])]
    assert ecg_of(LINE, head="17 1 500 2").leads[0].signal.tolist() == [1, -2]


def test_several_samples_of_a_frame_are_a_higher_frequency() -> None:
    ecg = ecg_of("17.dat 16x2 200 16 0 0 0 0 I", "17.dat 16x2 200 16 0 0 0 0 II", head="17 2 250/2 1")
    assert [(lead.name, lead.signal.tolist()) for lead in ecg.leads] == [("I", [1, -2]), ("II", [300, 4])]
    assert ecg.sampling_frequency == 500.0


@pytest.mark.parametrize(
    ("told", "instant"),
    [
        ("09:30:05.5 14/01/2025", "2025-01-14T09:30:05.500000Z"),
        ("[9:30:5 14/1/2025]", "2025-01-14T09:30:05Z"),
    ],
)
def test_the_date_is_the_base_of_the_record(told: str, instant: str) -> None:
    date = ecg_of(LINE, head=f"17 1 500 4 {told}").date
    assert date is not None
    assert format_rfc3339(date) == instant


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, r"no WFDB header \(.hea\)"),
        (record("#" * 300_000), "far longer"),
        (record(head=""), "has no record line"),
        (record(LINE, head="17 one"), "line 1 of the WFDB header is no record line"),
        (record(LINE, head="17 2"), "not as many signal lines"),
        (record(LINE, head="17 0"), "not as many signal lines"),
        (record(LINE, head="17 1 0"), "sampling frequency that is not more than 0"),
        (record(LINE, head="17 1 500 4 09:30:05 31/02/2025"), "line 1 of the WFDB header has a date or time"),
        (record("17.dat"), "line 2 of the WFDB header is no signal line"),
        (record("17.dat 16 1e999"), "line 2 of the WFDB header has a number that is none"),
        (
            record("17.dat 16 200(99999999999)", data=FOUR),
            "line 2 of the WFDB header has a gain or a baseline beyond",
        ),
        (record("other.dat 16"), "line 2 of the WFDB header names a file that is not there"),
        (record(LINE, data=b"1234567"), "the signal file of line 2 of the WFDB header ends before"),
        (record("17.dat 16+9", data=FOUR), "the signal file of line 2 of the WFDB header ends before"),
        (record(LINE, "17.dat 80", head="17 2 500 4", data=FOUR * 2), "tell two formats of one file"),
    ],
)
def test_what_is_wrong_is_told_by_its_line(files: dict[str, bytes], said: str) -> None:
    for read, body in ((read_zip, zipped(files | {"x": b""})), (read_form, form(files))):
        with pytest.raises(MalformedError, match=said) as caught:
            read(body)
        assert "Planted" not in str(caught.value)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (record(LINE, head="17/2 1 500 4"), "one segment"),
        (good([1]) | {"18.hea": b""}, "one record"),
        (record("17.dat 16:5"), "without a skew"),
        (record("17.dat 516"), "one of the formats 8, 16, 24"),
        (record("17.dat 16x2", "17.dat 16", head="17 2"), "one sampling frequency"),
    ],
)
def test_what_is_not_taken_is_told_with_the_way_out(files: dict[str, bytes], said: str) -> None:
    with pytest.raises(InvalidError) as caught:
        read_zip(zipped(files))
    assert said in caught.value.errors[0].detail
