"""Parts report that they cannot go on; main alone knows how the process ends by it, and ends it in one place."""

import ast
import asyncio
import logging

import pytest

from infra.paths import REPOSITORY
from stream_processor.consuming.membership import TwinError
from stream_processor.main import _exit_code
from stream_processor.stopping import (
    EXIT_FAILED,
    EXIT_TWIN,
    EXIT_UNFINISHED,
    CannotGoOnError,
    Failure,
)

ROOMS = ("schemas", "service_kit", "ingest_api", "query_api", "stream_processor")


def test_the_first_failure_is_the_one_that_counts() -> None:
    async def scenario() -> BaseException:
        failure = Failure()
        waiting = asyncio.create_task(failure.came())

        async def fail() -> None:
            raise CannotGoOnError("first")

        await failure.of(fail())
        failure.report(RuntimeError("second"))
        return await asyncio.wait_for(waiting, 5)

    assert str(asyncio.run(scenario())) == "first"


def test_work_that_is_cancelled_has_not_failed() -> None:
    async def scenario() -> None:
        failure = Failure()
        work = asyncio.create_task(failure.of(asyncio.sleep(60)))
        await asyncio.sleep(0)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(failure.came(), 0.01)

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (
            TwinError("a has the name b"),
            EXIT_TWIN,
            "two workers have one name, this one stops: a has the name b",
        ),
        (CannotGoOnError("the Faust app stopped by itself"), EXIT_FAILED, "the Faust app stopped by itself"),
        (ValueError("of a sample"), EXIT_FAILED, "unforeseen failure"),
        (asyncio.CancelledError(), EXIT_UNFINISHED, None),
    ],
    ids=["twin", "known", "unforeseen", "taken away"],
)
def test_how_the_process_ends_and_what_is_said(
    caplog: pytest.LogCaptureFixture, error: BaseException, code: int, said: str | None
) -> None:
    with caplog.at_level(logging.ERROR):
        assert _exit_code(error) == code
    assert [record.message for record in caplog.records] == ([] if said is None else [said])
    assert "of a sample" not in caplog.text


def test_a_service_ends_in_one_place() -> None:
    """A data structure's task that ends the process is found by nobody who looks for why it ended."""
    found = {
        f"{path.relative_to(REPOSITORY)}: {ast.unparse(node.func)}"
        for room in ROOMS
        for path in (REPOSITORY / room).rglob("*.py")
        if path.name != "__main__.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in {"os._exit", "sys.exit", "os.abort", "exit", "quit"}
    }
    assert found == {
        "stream_processor/stopping.py: os._exit",
        # Commands of an operator's, which say with their codes what became of them.
        "stream_processor/replay/command.py: sys.exit",
        "query_api/audit/command.py: sys.exit",
    }
