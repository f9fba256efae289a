"""Every bad upload is told what is wrong and where, and nothing of it is repeated."""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.json.decoding import Decoder
from schemas.problems import MAX_ERRORS_LISTED, InvalidError, MalformedError, Problem
from tests.unit.formats.json.test_decoding import UPLOADS
from tests.unit.formats.limits import LIMITS

MARKER = "nobody-may-read-this"
decoder = Decoder(LIMITS)


def problem_of(body: bytes) -> Problem:
    with pytest.raises(Problem) as refused:
        decoder.decode(body)
    assert MARKER not in json.dumps(refused.value.members())
    return refused.value


def upload(**members: Any) -> bytes:
    return json.dumps({"leads": [{"name": MARKER, "signal": [1]}]} | members).encode()


def lead(**members: Any) -> bytes:
    return json.dumps({"leads": [{"name": MARKER, "signal": [1]} | members]}).encode()


def signal(text: str) -> bytes:
    return f'{{"leads":[{{"name":"{MARKER}","signal":[7,{text}]}}]}}'.encode()


@pytest.mark.parametrize(
    ("body", "offset"),
    [
        (b"", 0),
        (b" ", 1),
        (b"{", 1),
        (signal("1")[:-1], len(signal("1")) - 1),
        (b"~", 0),
        (b"\xef\xbb\xbf{}", 0),
        (signal("NaN"), signal("NaN").index(b"NaN")),
        (signal("-Infinity"), signal("-Infinity").index(b"Infinity")),
        (signal("01"), signal("01").index(b"01") + 1),
        (signal("1,"), signal("1,").index(b",]") + 1),
        (b"{'leads':[]}", 1),
        (b'{"id":"\xff"}', 7),
        (signal('"\xff"').replace(b"\xc3\xbf", b"\xff"), signal('"\xff"').index(b"\xc3")),
    ],
)
def test_what_is_not_json_is_malformed_from_a_byte_on(body: bytes, offset: int) -> None:
    problem = problem_of(body)
    assert isinstance(problem, MalformedError)
    assert problem.offset == offset


@pytest.mark.parametrize(
    ("body", "offset", "name"),
    [
        (b"\xef\xbb\xbf{}", 0, "byte order mark"),
        (b"\xff\xfe{\0}\0", 0, "UTF-16"),
        (b"\xfe\xff\0{\0}", 0, "UTF-16"),
        (b"{\0}\0", 1, "NUL"),
        (signal("1") + b"\0", len(signal("1")), "NUL"),
        (b'{"id":"a\0"}', 8, "NUL"),
        (signal("NaN"), signal("NaN").index(b"NaN"), "NaN"),
        (signal("nan"), signal("nan").index(b"nan,"[:3] + b"]"), "NaN"),
        (signal("-NaN"), signal("-NaN").index(b"NaN"), "NaN"),
        (signal("-Infinity"), signal("-Infinity").index(b"Infinity"), "Infinity"),
        (signal("inf"), signal("inf").index(b"inf"), "Infinity"),
        (signal("None"), signal("None").index(b"None"), "nothing"),
        (b'{"id":undefined}', 6, "nothing"),
        (signal("True"), signal("True").index(b"True"), "true"),
        (b"{'leads':[]}", 1, "single quote"),
        (signal("1,"), signal("1,").index(b",]") + 1, "trailing comma"),
        (b'{"leads":[],}', 12, "trailing comma"),
        (b"// ecg\n{}", 0, "comment"),
        (b'{"id":"a\nb"}', 8, "control character"),
    ],
)
def test_a_usual_mistake_is_named_with_its_byte(body: bytes, offset: int, name: str) -> None:
    problem = problem_of(body)
    assert isinstance(problem, MalformedError)
    assert name in problem.detail
    assert problem.offset == offset


@given(UPLOADS, st.binary(min_size=1, max_size=4), st.data())
def test_what_the_fast_way_in_refuses_is_explained(
    sent: dict[str, Any], noise: bytes, data: st.DataObject
) -> None:
    body = json.dumps(sent).encode()
    start = data.draw(st.integers(0, len(body)))
    end = data.draw(st.sampled_from([start, min(start + len(noise), len(body)), len(body)]))
    replaced = data.draw(st.sampled_from([noise, b"", b"0", b",", b" ", b"[]", b'""', body[start:end] * 2]))
    changed = body[:start] + replaced + body[end:]
    # Where nothing is wrong the explanation would raise.
    with suppress(MalformedError, InvalidError):
        found = decoder.decode(changed)
        assert [lead.name for lead in found.ecg.leads] == [
            lead["name"] for lead in json.loads(changed)["leads"]
        ]


def test_what_follows_the_json_is_malformed() -> None:
    problem = problem_of(b'{"leads":[]} x')
    assert isinstance(problem, MalformedError)
    assert problem.offset == len(b'{"leads":[]} ')


@pytest.mark.parametrize("body", [rb'{"id":"\ud800"}', rb'{"id":"\ud800","date":"2026-01-02T03:04:05Z"}'])
def test_a_lone_surrogate_is_malformed(body: bytes) -> None:
    assert isinstance(problem_of(body), MalformedError)


@pytest.mark.parametrize("opened", ["[", '{"leads":', '{"leads":[{"name":"I","signal":['])
@pytest.mark.parametrize("closed", [True, False])
def test_absurd_nesting_is_malformed(opened: str, closed: bool) -> None:
    closing = "".join({"[": "]", "{": "}"}.get(character, "") for character in reversed(opened))
    body = opened * 100_000 + ("1" + closing * 100_000 if closed else "")
    assert problem_of(body.encode()).status in {400, 422}


def each(build: Callable[[Any], bytes], pointer: str, *bad: Any) -> list[tuple[bytes, list[str]]]:
    """The same broken rule by each of the bad values."""
    return [(build(value), [pointer]) for value in bad]


BROKEN: list[tuple[bytes, list[str]]] = [
    (b"[]", [""]),
    (b"null", [""]),
    (b"{}", ["/leads"]),
    (upload(leads=[]), ["/leads"]),
    (upload(leads={}), ["/leads"]),
    (upload(leads=[[]]), ["/leads/0"]),
    (upload(leads=[{"name": str(number), "signal": []} for number in range(9)]), ["/leads"]),
    (upload(leads=[{"name": "a", "signal": []}, {"name": "a", "signal": []}]), ["/leads/1/name"]),
    (upload(leads=[{}]), ["/leads/0/signal", "/leads/0/name"]),
    (upload(**{MARKER: 1}), [""]),
    (lead(**{MARKER: 1}), ["/leads/0"]),
    (b'{"id":"a","id":"b","leads":[{"name":"I","signal":[1]}]}', ["/id"]),
    (b'{"leads":[{"name":"I","signal":[1],"signal":[2]}]}', ["/leads/0/signal"]),
    (b'{"leads":[{"name":"I","signal":[1]}],"leads":[{"name":"I","signal":[2]}]}', ["/leads"]),
    *each(lambda bad: upload(id=bad), "/id", "a/b", "..", "", "a" * 129, "a\n", MARKER + "!", 7, None),
    *each(
        lambda bad: upload(date=bad),
        "/date",
        "2026-01-02T03:04:05",
        "2026-02-30T00:00:00Z",
        "0000-10-14T00:00:00Z",
        "10000-01-01T00:00:00Z",
        MARKER,
        1_767_319_445,
    ),
    *each(lambda bad: upload(sampling_frequency=bad), "/sampling_frequency", 0, -500, "500", True, None),
    (upload(sampling_frequency="x").replace(b'"x"', b"1e999"), ["/sampling_frequency"]),
    *each(lambda bad: upload(adc_gain=bad), "/adc_gain", 0, "200"),
    *each(lambda bad: lead(baseline=bad), "/leads/0/baseline", 2147483647.5, 2**31, -(2**70), "0", None),
    *each(lambda bad: lead(units=bad), "/leads/0/units", "", "x" * 33, "m\tV", 1),
    *each(lambda bad: lead(name=bad), "/leads/0/name", "", " ", "x" * 65, "a\x00", "a\x9f", 1, None),
    *each(lambda bad: lead(number_of_samples=bad), "/leads/0/number_of_samples", 0, 2, -1, 1.0, "1", 2**70),
    *each(lambda bad: lead(signal=bad), "/leads/0/signal", 1, MARKER, None, {}, True),
    *[
        (signal(bad), ["/leads/0/signal/1"])
        for bad in (
            "1.5",
            "1e-3",
            "1e10",
            "12345678901234567.0e-20",
            f'"{MARKER}"',
            "true",
            "false",
            "[]",
            "{}",
            "2147483648",
            "-2147483649",
            "1180591620717411303424",
            "9" * 5_000,
            "1e999",
            "-1.23456789012345678901",
            '"1e999"',
            r'"\u12345678901234567890"',
        )
    ],
    (signal("0.5,1,true"), ["/leads/0/signal/1", "/leads/0/signal/3"]),
    (signal("2.0,0.5,1e3,4e0"), ["/leads/0/signal/2"]),
]


@pytest.mark.parametrize(("body", "pointers"), BROKEN)
def test_a_broken_rule_is_told_with_its_place(body: bytes, pointers: list[str]) -> None:
    problem = problem_of(body)
    assert isinstance(problem, InvalidError)
    assert [error.pointer for error in problem.errors] == pointers
    assert problem.total == len(pointers)


def large_signal(*parts: str) -> bytes:
    """A signal of pieces: each part many times."""
    repeated = ",".join(",".join([part] * 60_000) for part in parts)
    return f'{{"leads":[{{"name":"I","signal":[{repeated}]}}]}}'.encode()


def test_a_broken_sample_is_found_wherever_it_is_in_a_long_signal() -> None:
    whole = large_signal("1234", " 12 ", "-7")
    places = [0, 59_999, 60_000, 120_001, 179_999]
    for bad in ("1.5", '"7"', "[1]", "{}", "2147483648", "9" * 400_000, '"' + "9" * 400_000 + '"'):
        signal = json.loads(whole)["leads"][0]["signal"]
        written = [str(sample) for sample in signal]
        for place in places:
            written[place] = bad
        problem = problem_of(f'{{"leads":[{{"name":"I","signal":[{",".join(written)}]}}]}}'.encode())
        assert isinstance(problem, InvalidError)
        assert [error.pointer for error in problem.errors] == [f"/leads/0/signal/{place}" for place in places]
        assert (problem.total, problem.at_least) == (len(places), False)


@pytest.mark.parametrize(
    "body",
    [
        large_signal("1.25", "7", "1.25", "7", "1.25", "7", "1.25", "7"),
        large_signal('"1"', "7"),
        large_signal("[]"),
        b'{"leads":[{"name":"I","signal":[' + b"[]," * 9 + b"[" + b"[]," * 60_000 + b"1]]}]}",
        b'{"x":[' + b"[]," * 60_000 + b"1]}",
        b'{"id":[' + b'"",' * 60_000 + b"[" + b"[]," * 60_000 + b"1]]}",
        b'{"leads":[' + b'"",' * 60_000 + b"1]}",
        b"{" + b'"id":1,' * 60_000 + b'"x":1}',
    ],
)
def test_looking_ends_where_it_would_take_long_and_says_so(body: bytes) -> None:
    problem = problem_of(body)
    assert isinstance(problem, InvalidError)
    assert problem.errors
    assert problem.at_least
    assert problem.members()["more_errors"] is True
    assert "at least" in problem.detail


def test_what_stands_beside_the_signals_is_bounded() -> None:
    blanks = b" " * 10_000_000
    problem = problem_of(b'{"leads":' + blanks + b'[{"name":"I","signal":[1]}]}')
    assert isinstance(problem, InvalidError)
    assert [error.pointer for error in problem.errors] == [""]
    found = decoder.decode(b'{"leads":[{"name":"I","signal":[1,' + blanks + b"-2" + blanks + b"]}]}")
    assert found.ecg.leads[0].signal.tolist() == [1, -2]


def test_many_broken_rules_are_all_counted_and_the_first_listed() -> None:
    body = json.dumps(
        {"id": 1, "leads": [{"name": "I", "signal": [0.5] * 1000}, {"name": "I", "signal": ["x"]}]}
    )
    problem = problem_of(body.encode())
    assert isinstance(problem, InvalidError)
    assert problem.total == 1003
    assert len(problem.errors) == MAX_ERRORS_LISTED
    assert [error.pointer for error in problem.errors][:2] == ["/id", "/leads/0/signal/0"]


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["leads", "name", "signal", "id", "number_of_samples", "units", "x"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(ANYTHING)
def test_any_json_is_taken_or_refused_by_a_rule(sent: Any) -> None:
    with suppress(InvalidError):
        decoder.decode(json.dumps(sent).encode())


@given(st.binary(max_size=60))
def test_any_bytes_are_taken_or_refused(body: bytes) -> None:
    with suppress(MalformedError, InvalidError):
        decoder.decode(body)


@given(st.data())
def test_a_truncated_upload_ends_at_its_end(data: st.DataObject) -> None:
    whole = upload(id="ecg-17", sampling_frequency=500)
    cut = data.draw(st.integers(0, len(whole) - 1))
    problem = problem_of(whole[:cut])
    assert isinstance(problem, MalformedError)
    assert problem.offset is not None
    assert problem.offset <= cut


@given(UPLOADS, st.data())
def test_a_member_given_twice_is_told_wherever_it_is(sent: dict[str, Any], data: st.DataObject) -> None:
    objects = {"": sent, **{f"/leads/{index}": lead for index, lead in enumerate(sent["leads"])}}
    pointer = data.draw(st.sampled_from(sorted(objects)))
    name = data.draw(st.sampled_from(sorted(objects[pointer])))
    written = json.dumps(objects[pointer])
    twice = f"{{{json.dumps(name)}:{json.dumps(objects[pointer][name])},{written[1:]}"
    problem = problem_of(json.dumps(sent).replace(written, twice, 1).encode())
    assert isinstance(problem, InvalidError)
    assert f"{pointer}/{name}" in [error.pointer for error in problem.errors]
