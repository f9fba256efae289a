import io

from infra.console import Console


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_the_wait_in_one_line_that_goes_away() -> None:
    out = Terminal()
    console = Console(out)

    console.wait("waiting 1 s")
    console.wait("waiting 2 s")
    console.say("ready")

    assert out.getvalue() == "\r\x1b[Kwaiting 1 s\r\x1b[Kwaiting 2 s\r\x1b[Kready\n"


def test_elsewhere_a_short_wait_is_not_worth_a_line() -> None:
    out = io.StringIO()
    console = Console(out)

    console.wait("waiting 1 s")
    console.say("ready")

    assert out.getvalue() == "ready\n"
