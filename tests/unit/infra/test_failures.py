from pathlib import Path

from infra.local.failures import TAIL_LINES, explain
from infra.program import Program


async def _never() -> bool:
    return False


def program(log: Path) -> Program:
    return Program("kafka", "Kafka", ("true",), log, _never, "nothing", "127.0.0.1:1")


def test_the_reason_is_a_sentence_and_the_log_ends_it(tmp_path: Path) -> None:
    log = tmp_path / "kafka.log"
    log.write_text("from an earlier run: Address already in use\n")
    since = log.stat().st_size
    with log.open("a") as out:
        out.write("".join(f"line {number}\n" for number in range(20)))
        out.write(
            "java.io.IOException: No space left on device\n\tat java.base/Writer.write(Writer.java:1)\n"
        )

    text = explain(program(log), "did not start (exit code 1)", since)

    first, *shown = text.splitlines()
    assert first == f"Kafka did not start (exit code 1): the disk is full. The last lines of {log}:"
    assert len(shown) == TAIL_LINES
    assert shown[-1] == "  | java.io.IOException: No space left on device"


def test_without_a_log_or_a_known_reason(tmp_path: Path) -> None:
    log = tmp_path / "kafka.log"
    assert explain(program(log), "ended") == f"Kafka ended. The last lines of {log}:\n  | (nothing)"
