"""Bad uploads."""

from collections.abc import Iterator
from typing import Any

from harness.bad_input.case import MARKER, Case, Content, as_json
from harness.bad_input.compressed import COMPRESSED
from schemas.arrow import CONTENT_TYPE as ARROW

_LEAD: dict[str, Any] = {"name": MARKER, "signal": [1, -1]}
_WHOLE = as_json(
    {"id": MARKER, "date": "2026-11-23T08:30:00Z", "sampling_frequency": 500.5, "leads": [_LEAD]}
)
# What would hurt whoever puts it on a page or opens it in a spreadsheet.
_HURTFUL = (
    "<b>I</b>",
    "I\u202eII",
    "\u200b",
    "I\u2028",
    "=1+1",
    " @SUM(A1)",
    "-HYPERLINK(A1)",
    "-2+3+cmd|' /C calc'!A0",
)
_MEBIBYTE = 1_048_576
_DEEP = 100_000
_JSON = {"Content-Type": "application/json"}


def _upload(**members: Any) -> bytes:
    return as_json({"leads": [_LEAD], **members})


def _lead(**members: Any) -> bytes:
    return _upload(leads=[_LEAD | members])


def _signal(text: str) -> bytes:
    return b'{"leads":[{"name":"%s","signal":%s}]}' % (MARKER.encode(), text.encode())


def _invalid(name: str, pointer: str, *contents: Content) -> Case:
    return Case(name, 422, "invalid", contents, pointer=pointer)


def _malformed(name: str, offset: int | None, *contents: Content) -> Case:
    return Case(name, 400, "malformed", contents, offset=offset)


def _mebibytes(count: int) -> Iterator[bytes]:
    return (b" " * _MEBIBYTE for _ in range(count))


_NOT_JSON = (
    _malformed("nothing", 0, b""),
    _malformed("text that is not JSON", 0, b"x", b"'a'", b"<xml/>"),
    _malformed("JSON cut off, wherever", -1, *(_WHOLE[:end] for end in range(1, len(_WHOLE)))),
    _malformed("something behind the JSON", len(_WHOLE), _WHOLE + b"x", _WHOLE + _WHOLE),
    _malformed("a comma too many, a comment", 36, b'{"leads":[{"name":"I","signal":[1,2,]}]}'),
    _malformed("arrays nested 100,000 deep, left open", None, b"[" * _DEEP, _signal("[" * _DEEP)),
    _malformed("arrays nested 100,000 deep, closed", None, b"[" * _DEEP + b"]" * _DEEP),
    _malformed("objects nested 100,000 deep", None, b'{"a":' * _DEEP, b'{"a":' * _DEEP + b"0" + b"}" * _DEEP),
    _malformed("a sample `NaN`", 51, _signal("[NaN]")),
    _malformed("a sample `Infinity`, `-Infinity`", None, _signal("[Infinity]"), _signal("[-Infinity]")),
    _malformed("a sample `01`, `+1`, `0x1`", None, *(_signal(f"[{text}]") for text in ("01", "+1", "0x1"))),
    _malformed("bytes that are not UTF-8", 19, b'{"leads":[{"name":"\xff"}]}', b'{"leads":[{"name":"\xc3'),
    _malformed("half of a surrogate pair", None, b'{"leads":[{"name":"\\ud800","signal":[1]}]}'),
    _malformed("a byte-order mark", 0, b"\xef\xbb\xbf" + _WHOLE),
    _malformed(
        "UTF-16, with or without its mark",
        None,
        _WHOLE.decode().encode("utf-16"),
        _WHOLE.decode().encode("utf-16-le"),
    ),
    _malformed("a NUL byte behind the JSON", len(_WHOLE), _WHOLE + b"\0"),
    _malformed("a control character in a text", None, b'{"leads":[{"name":"a\nb","signal":[1]}]}'),
)
_RECORDING = (
    _invalid("an array, a number, a text or null", "", b"[]", b"1", as_json(MARKER), b"null", b"true"),
    _invalid("no `leads`", "/leads", b"{}", as_json({"id": "a"})),
    _invalid(
        "`leads` that are empty or no array",
        "/leads",
        _upload(leads=[]),
        _upload(leads=None),
        _upload(leads={}),
        _upload(leads="a"),
    ),
    _invalid("a member that is not known", "", _upload(**{MARKER: MARKER})),
    _invalid("a member given twice", "/id", b'{"id":"a","id":"a","leads":[{"name":"I","signal":[]}]}'),
    _invalid(
        "an `id` outside its grammar",
        "/id",
        *(
            _upload(id=x)
            for x in ("a/b", "..", "", "-a", "a" * 129, "a\n", "a\u0000", "é", 17, None, [MARKER])
        ),
    ),
    _invalid(
        "a `date` without offset, impossible, or no text",
        "/date",
        *(_upload(date=f"{x}T08:30:00Z") for x in ("2026-02-30", "2026-13-01", "0000-01-01", "12026-01-01")),
        *(_upload(date=x) for x in ("2026-11-23T08:30:00", "2026-11-23", "", MARKER, 1_700_000_000, None)),
    ),
    _invalid(
        "a `sampling_frequency` of 0, negative, or no number",
        "/sampling_frequency",
        *(_upload(sampling_frequency=x) for x in (0, -1, -0.0, "500", MARKER, None, True, [500])),
    ),
    _invalid("an `adc_gain` of 0 or no number", "/adc_gain", _upload(adc_gain=0), _upload(adc_gain="200")),
    _invalid(
        "a `baseline` that is no number within 32 bits",
        "/baseline",
        *(_upload(baseline=x) for x in (2147483647.5, "1024", 2**31, -(2**31) - 1, None)),
    ),
    _invalid(
        "`units` that are empty, long or no text", "/units", *(_upload(units=x) for x in ("", "m" * 33, 1))
    ),
    *(
        Case(
            f"an `Idempotency-Key` {what}",
            422,
            "invalid",
            (_upload(),),
            parameter="Idempotency-Key",
            headers=_JSON | {"Idempotency-Key": key},
        )
        for what, key in (
            ("that is empty", '""'),
            ("of more than 255 characters", "k" * 256),
            ("with a tab", "a\tb"),
        )
    ),
)
_LEADS = (
    _invalid("a lead that is no object", "/leads/0", *(_upload(leads=[x]) for x in (1, None, [1], MARKER))),
    _invalid("a lead without `name`", "/leads/0/name", _upload(leads=[{"signal": [1]}])),
    _invalid("a lead without `signal`", "/leads/0/signal", _upload(leads=[{"name": MARKER}])),
    _invalid("a member of a lead that is not known", "/leads/0", _lead(**{MARKER: 1})),
    _invalid(
        "a member of a lead given twice", "/leads/0/name", b'{"leads":[{"name":"I","name":"I","signal":[]}]}'
    ),
    _invalid(
        "a `name` that is empty, longer than 64 characters, with control characters, or no text",
        "/leads/0/name",
        *(_lead(name=x) for x in ("", " ", "n" * 65, "a\tb", "a\u0000", 1, None)),
    ),
    _invalid(
        "a `name` with markup, invisible or right-to-left marks, or that begins as a spreadsheet's formula",
        "/leads/0/name",
        *(_lead(name=x) for x in _HURTFUL),
    ),
    _invalid("two leads of one name", "/leads/1/name", _upload(leads=[_LEAD, _LEAD])),
    _invalid(
        "a `number_of_samples` that is not that of the signal, negative, or no integer",
        "/leads/0/number_of_samples",
        *(_lead(number_of_samples=x) for x in (3, 0, -1, 2.5, "2", None, True, 2**70)),
    ),
    _invalid(
        "a `signal` that is no array",
        "/leads/0/signal",
        *(_signal(text) for text in ("null", "{}", "1", '"1,2"', f'"{MARKER}"', "true")),
    ),
    _invalid(
        'a sample `1.5`, `1E-3`, `"3"`, `true`, or nested',
        "/leads/0/signal/1",
        *(_signal(f"[1,{x}]") for x in ("1.5", "1E-3", '"3"', f'"{MARKER}"', "true", "[1]", "{}")),
    ),
    _invalid(
        "a sample beyond 32 bits: 2^31, 2^70, of 400 digits",
        "/leads/0/signal/1",
        *(
            _signal(f"[1,{x}]")
            for x in (2**31, -(2**31) - 1, 2**63, 2**64, 2**70, -(2**70), "9" * 400, "1e999")
        ),
    ),
    _invalid(
        "5 million samples in a lead",
        "/leads/0/signal",
        lambda: iter((b'{"leads":[{"name":"I","signal":[', b"1," * 4_999_999, b"1]}]}")),
    ),
    _invalid("1,025 leads", "/leads", _upload(leads=[{"name": f"{n}", "signal": []} for n in range(1025)])),
    _invalid("5 MB of blanks outside of the signals", "", b" " * 5_000_000 + _WHOLE),
    _invalid("objects without end, all small", "", b'{"leads":[' + b"{}," * 1_000_000 + b"{}]}"),
    Case("an empty signal, which is a signal", 202, contents=(_signal("[]"),)),
    Case("a sample `-0`, which is 0", 202, contents=(_signal("[-0]"),)),
)
_OVER = Case("a body over the limit", 413, "too-large", (lambda: _mebibytes(33),))
_ENVELOPE = (
    *(
        Case(name, 415, "unsupported-media-type", (_WHOLE,), headers=headers)
        for name, headers in (
            ("a content type of no format that is read", {"Content-Type": "text/plain"}),
            ("Arrow's file format by its name", {"Content-Type": "application/vnd.apache.arrow.file"}),
            ("Arrow with a charset", {"Content-Type": f"{ARROW}; charset=utf-8"}),
            ("a charset that is not UTF-8", {"Content-Type": "application/json; charset=latin-1"}),
            ("a content encoding that is not known", _JSON | {"Content-Encoding": "br"}),
            ("two content encodings", _JSON | {"Content-Encoding": "gzip, gzip"}),
        )
    ),
    *COMPRESSED,
    _OVER,
    Case("a body over the limit, announced", 413, "too-large", (b" " * 33 * _MEBIBYTE,)),
    Case(
        "a Content-Length over the limit, with nothing behind it",
        413,
        "too-large",
        headers=_JSON | {"Content-Length": "9" * 18},
        raw=True,
    ),
    Case(
        "a Content-Length that is less than what comes",
        400,
        "malformed",
        (_WHOLE,),
        offset=20,
        headers=_JSON | {"Content-Length": "20"},
        raw=True,
    ),
    Case(
        "a Content-Length that is more than what comes",
        408,
        "body-timeout",
        (_WHOLE,),
        headers=_JSON | {"Content-Length": "1000"},
        raw=True,
    ),
    Case("a query parameter", 422, "invalid", (_WHOLE,), path=f"/v1/ecgs?{MARKER}={MARKER}"),
    Case("another method", 405, "method-not-allowed", method="GET"),
    Case("a path that is not there", 404, "not-found", path=f"/v1/{MARKER}"),
)
_WHO = (
    Case("no token", 401, "unauthenticated", (_WHOLE, lambda: _mebibytes(33)), who="nobody"),
    Case("no bearer token but a password", 401, "unauthenticated", (_WHOLE,), who="basic"),
    Case("a token that is junk", 401, "unauthenticated", (_WHOLE,), who="junk"),
    Case("a token that has expired", 401, "unauthenticated", (_WHOLE,), who="expired"),
    Case("a token that somebody else signed", 401, "unauthenticated", (_WHOLE,), who="stranger"),
    Case("an admin's token", 403, "forbidden", (_WHOLE,), who="admin"),
)
UPLOADS = _NOT_JSON + _RECORDING + _LEADS + _ENVELOPE + _WHO
