"""The verdict as it is told."""

import io

from rich.console import Console

from faults.chaos import told
from faults.oracle import Verdict


def printed(verdict: Verdict) -> str:
    out = io.StringIO()
    for line in told(verdict):
        Console(file=out, highlight=False, soft_wrap=True).print(line)
    return out.getvalue()


def test_a_promise_that_was_kept_is_told_in_plain_text_where_there_is_no_terminal() -> None:
    text = printed(Verdict(attempted=1_201, accepted=1_200, stored=1_201))
    assert "accepted 1,200  stored 1,201  dead 0  lost 0  twice 0  Kept" in text


def test_what_broke_it_is_named_and_of_very_many_the_first() -> None:
    lost = [f"chaos-{number:06d}" for number in range(1_000)]
    text = printed(Verdict(lost=lost, twice=["chaos-1: 2 insight events"]))
    assert "lost 1000  twice 1  Broken" in text
    assert "lost: chaos-000009" in text
    assert "chaos-000010" not in text
    assert "twice: chaos-1: 2 insight events" in text
