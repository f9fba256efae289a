"""Letters are told of in a table or as JSON, and nothing they hold is."""

import io
import json

from rich.console import Console

from stream_processor.replay import showing
from stream_processor.replay.letters import Letter
from tests.unit.stream_processor.replay.letters import OWNER, letter


def shown(*letters: Letter) -> str:
    out = io.StringIO()
    showing.show(letters, Console(file=out, width=240))
    return out.getvalue()


def test_a_line_of_json_tells_of_a_letter_without_what_it_holds() -> None:
    told = json.loads(showing.as_json(letter()))
    assert told.pop("bytes") > 0
    assert told == {
        "state": "ready",
        "deaths": 1,
        "time": "2027-01-15T08:00:00Z",
        "reason": "no such version",
        "owner_id": str(OWNER),
        "ecg_id": "ecg-17",
        "topic": "ecg.uploaded.v1",
        "partition": 3,
        "offset": 41,
    }


def test_a_table_tells_the_same() -> None:
    text = shown(letter())
    for cell in ("ready", "2027-01-15T08:00:00Z", "no such version", str(OWNER), "ecg.uploaded.v1/3/41"):
        assert cell in text


def test_a_reason_cannot_steer_the_terminal_nor_a_time_end_the_command() -> None:
    text = shown(letter(reason="[red]\x1b[2J", time=2**62))
    assert "[red]?[2J" in text


def test_of_very_many_the_last_are_shown_and_the_others_counted() -> None:
    text = shown(*(letter(offset=offset) for offset in range(1_000, 1_103)))
    assert "and 3 that died before them" in text
    assert "/1002 " not in text
    assert "/1003 " in text
    assert "/1102 " in text
