"""Trace context by the letter of the recommendation."""

import pytest

from service_kit.tracing import continued, trace_id_of

GOOD = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.mark.parametrize("flags", ["00", "01", "ff"])
def test_a_trace_is_continued_with_its_flags(flags: str) -> None:
    received = f"{GOOD[:-2]}{flags}"
    hop = continued(received)
    assert trace_id_of(hop) == trace_id_of(received)
    assert hop[-2:] == flags
    assert hop != received
    assert continued(hop) != hop


@pytest.mark.parametrize(
    "received",
    [
        None,
        "",
        GOOD.upper(),
        GOOD + "-more",
        GOOD + "\n",
        "01" + GOOD[2:],
        f"00-{'0' * 32}-00f067aa0ba902b7-01",
        f"00-4bf92f3577b34da6a3ce929d0e0e4736-{'0' * 16}-01",
    ],
)
def test_what_is_no_trace_begins_a_new_one(received: str | None) -> None:
    first, second = continued(received), continued(received)
    assert trace_id_of(first) != trace_id_of(second)
    assert trace_id_of(first) not in (received or "")
    assert trace_id_of(continued(first)) == trace_id_of(first)
