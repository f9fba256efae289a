"""Members given twice are found."""

import pytest

from ingest_api.duplicates import duplicates


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
