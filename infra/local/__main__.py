"""`python -m infra.local COMMAND`: the system on this machine. `make help` names the commands people use."""

import argparse
import logging
import sys
from collections.abc import Sequence

from infra.console import Console
from infra.demo.show import exports
from infra.errors import SetupError
from infra.local import commands, parts
from infra.local.run import supervise
from infra.local.state import Files
from infra.paths import var_dir

INTERRUPTED = 130


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="python -m infra.local", description="The system on this machine.")
    sub = top.add_subparsers(dest="command", required=True)
    run = sub.add_parser("run", help="run everything in the foreground until Ctrl-C")
    run.add_argument(
        "--detached",
        action="store_true",
        help="run on when the starting process has ended",
    )
    run.add_argument(
        "--engines-only", action="store_true", help="leave out the services, to run them by hand"
    )
    run.add_argument("--clustered", action="store_true", help="run three of each engine")
    run.add_argument(
        "--reached-at",
        action="append",
        default=[],
        metavar="ENGINE=[HOST:]PORT",
        help="where the services find an engine, if a proxy stands between them",
    )
    sub.add_parser("up", help="start everything in the background, return when ready")
    sub.add_parser("demo", help="show a recording's way through the system, started for it if need be")
    sub.add_parser("env", help="print exports for a shell")
    sub.add_parser("down", help="stop everything")
    sub.add_parser("clean", help="stop everything and remove its data")
    for name, text in (
        ("stop", "stop"),
        ("start", "start again"),
        ("restart", "stop and start"),
    ):
        one = sub.add_parser(name, help=f"{text} one program")
        one.add_argument("name", choices=commands.NAMES)
    return top


def addresses_of(given: Sequence[str]) -> dict[str, str]:
    """The addresses of arguments like `kafka=9092` or `cassandra=some.name:9042`."""
    found = {name: address for name, _, address in (text.partition("=") for text in given)}
    return {name: at if ":" in at else f"127.0.0.1:{at}" for name, at in found.items()}


def main() -> None:
    """Run one command; a SetupError is its text and exit code 1."""
    given = parser().parse_args()
    # What libraries say about an engine that is not up yet is said here in a line of its own.
    for library in ("aiokafka", "cassandra", "httpx", "asyncio"):
        logging.getLogger(library).setLevel(logging.CRITICAL)
    files, console = Files(var_dir()), Console()
    try:
        match given.command:
            case "run":
                supervise(
                    files,
                    console,
                    tied=not given.detached,
                    engines_only=given.engines_only,
                    clustered=given.clustered,
                    reached_at=addresses_of(given.reached_at),
                )
            case "up":
                commands.up(files, console)
            case "demo":
                commands.demo(files, console)
            case "env":
                exports(files, commands.ready_state(files).run, console)
            case "down":
                commands.down(files, console)
            case "clean":
                commands.clean(files, console)
            case "stop":
                parts.stop_one(files, given.name, console)
            case "start":
                parts.start_one(files, given.name, console)
            case "restart":
                parts.restart_one(files, given.name, console)
    except SetupError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        console.say("Interrupted.")
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
