"""``Prefer: wait=`` is understood where it is one, and never an error."""

import pytest

from query_api.ecgs.preferences import wait_seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ([], 0),
        (["wait=10"], 10),
        (["Wait = 10"], 10),
        (['wait="10"'], 10),
        (["respond-async, wait=10"], 10),
        (["respond-async", "wait=10"], 10),
        (["wait=10; foo=bar"], 10),
        (["wait=5, wait=10"], 5),
        (["wait=31"], 30),
        (["wait=999999999"], 30),
        (["wait=9999999999"], 0),
        (["wait=0"], 0),
        (["wait=-1"], 0),
        (["wait=1.5"], 0),
        (["wait"], 0),
        (["wait="], 0),
        (["waiting=10"], 0),
        (["wait=\u0661\u0660"], 0),
        (["return=minimal"], 0),
    ],
)
def test_the_wait_that_is_asked_for(headers: list[str], seconds: int) -> None:
    assert wait_seconds(headers, longest=30) == seconds
