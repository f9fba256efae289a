"""Members given twice are found, in the whole body and in what is left of it without its signals."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest_api import document
from ingest_api.duplicates import duplicates, skeleton
from tests.unit.ingest_api.test_decoding import UPLOADS


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b'{"a":1,"b":2}', []),
        (b'{"a":1,"b":2,"a":[1,2]}', [("", "a")]),
        (b'{"leads":[{"x":1},{"x":1,"x":{"y":1,"y":2}}]}', [("/leads/1", "x")]),
        (b'{"leads":[],"leads":[{"x":1,"x":2}]}', [("", "leads"), ("/leads/0", "x")]),
        (rb'{"\u0061":1,"a":2}', [("", "a")]),
        (b'{"a":"x[1,2]y","b":"[\\\\]"}', []),
        (b'{"n":' + b"9" * 5000 + b',"n":1}', [("", "n")]),
        (b'[{"a":1,"a":2}]', []),
        (b"7", []),
    ],
)
def test_members_given_twice_are_found(body: bytes, found: list[tuple[str, str]]) -> None:
    assert list(duplicates(body)) == found


@given(UPLOADS, st.sampled_from([None, 1]))
def test_a_skeleton_is_the_upload_without_its_signals(sent: dict[str, object], indent: int | None) -> None:
    body = json.dumps(sent, indent=indent).encode()
    signals = [lead.signal for lead in msgspec.json.decode(body, type=document.Upload).leads]
    expected = json.loads(body)
    for lead in expected["leads"]:
        lead["signal"] = 0
    assert json.loads(skeleton(body, signals)) == expected
