"""The replay command of dead letters, step by step: find, show, ask, put back.

Exit codes: 0 done, or nothing is left to be done; 1 nothing matched, or the question was answered with no; 2 wrong
use; 75 an engine is away: run it again, what was put back already changes nothing.
"""

import asyncio
import logging
import sys
from collections import Counter
from typing import NoReturn
from uuid import UUID

import click
from rich.console import Console

from schemas.times import parse_rfc3339
from service_kit.engines.errors import EngineAwayError
from service_kit.settings import WrongSettingsError, read
from stream_processor.replay import in_store, showing, topic
from stream_processor.replay.letters import Letter, State, by_event
from stream_processor.replay.wanted import Wanted
from stream_processor.settings import Settings

NOT_DONE = 1
WRONG_USE = 2
# sysexits.h: EX_TEMPFAIL.
LATER = 75


class Instant(click.ParamType):
    """An RFC 3339 date-time as µs since the epoch."""

    name = "instant"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The instant, or the usage error."""
        try:
            return parse_rfc3339(value)
        except ValueError as error:
            self.fail(f"{value!r} is {error}, such as 2026-11-24T08:30:00Z.", param, ctx)


@click.command(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 1 nothing matched or the answer was no, 2 wrong use, 75 an engine is away.",
)
@click.option("--reason", help="Those whose reason contains this.")
@click.option("--from", "since", type=Instant(), help="Those that died then or later (RFC 3339).")
@click.option("--to", "before", type=Instant(), help="Those that died before.")
@click.option("--owner", "owner_id", type=click.UUID, help="Those of this owner.")
@click.option("--ecg", "ecg_id", help="Those of this ECG id.")
@click.option("--topic", "topic_name", help="Those from this topic.")
@click.option("--partition", type=click.IntRange(min=0), help="Those from this partition of it.")
@click.option("--offset", type=click.IntRange(min=0), help="Those from this offset of it.")
@click.option("--all", "everything", is_flag=True, help="Put back also what would die again or is computed.")
@click.option("--dry-run", is_flag=True, help="Show what would be put back, and end.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--json", "as_json", is_flag=True, help="JSON lines instead of a table; only shown without --yes."
)
def replay(
    reason: str | None,
    since: int | None,
    before: int | None,
    owner_id: UUID | None,
    ecg_id: str | None,
    topic_name: str | None,
    partition: int | None,
    offset: int | None,
    everything: bool,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Show dead letters, and put those that can now be processed back on their topic.

    Without options it is all of them. State `ready`: the processor of this version would take it; `poison`: it would
    die again; `computed`: it has its insights; `foreign`: it is not from the upload topic, and never put back.
    Samples are never shown.
    """
    wanted = Wanted(reason, since, before, owner_id, ecg_id, topic_name, partition, offset)
    console = showing.console(stderr=as_json)
    # What is wrong with an engine is said once, in a sentence.
    logging.disable(logging.CRITICAL)
    try:
        settings = read(Settings)
        letters, others = asyncio.run(find(settings, wanted))
    except WrongSettingsError as error:
        _end("\n".join(error.sentences), WRONG_USE)
    except (EngineAwayError, topic.NoTopicError) as error:
        _end(_sentence(error), LATER)
    if others:
        console.print(f"Passed over, because they do not say why they are dead letters: {others}")
    if not letters:
        _end("No dead letter matches.", NOT_DONE)
    if as_json:
        for letter in letters:
            click.echo(showing.as_json(letter))
    else:
        showing.show(letters, console)
    states = {"ready", "poison", "computed"} if everything else {"ready"}
    chosen = [letter for letter in letters if letter.state in states]
    console.print(_summary(letters, everything=everything))
    # Who reads JSON is not there to be asked.
    if dry_run or not chosen or (as_json and not yes):
        return
    if not yes and not click.confirm(f"Put {len(chosen)} back?"):
        _end("Nothing was put back.", NOT_DONE)
    _put_back(settings, chosen, console)


async def find(settings: Settings, wanted: Wanted) -> tuple[list[Letter], int]:
    """The letters that are meant, and how many records of their topic are none."""
    found, others = await topic.letters(settings)
    meant = [letter for letter in by_event(found) if wanted.holds(letter)]
    return await in_store.told_apart(settings, meant), others


def _put_back(settings: Settings, chosen: list[Letter], console: Console) -> None:
    done = 0
    try:
        with showing.progress(len(chosen), console) as bar:

            def advance(count: int) -> None:
                nonlocal done
                done += count
                bar(count)

            asyncio.run(topic.put_back(settings, [letter.at for letter in chosen], advance))
    except (EngineAwayError, topic.NoTopicError) as error:
        _end(f"{_sentence(error)} {done} of {len(chosen)} were put back.", LATER)
    console.print(f"Put {done} back. The same command shows what became of them.")


def _summary(letters: list[Letter], *, everything: bool) -> str:
    states = Counter(letter.state for letter in letters)
    said: tuple[tuple[State, str], ...] = (
        ("ready", "can be put back"),
        ("poison", "would die again"),
        ("computed", "computed by now"),
        ("foreign", "not from the upload topic"),
    )
    counted = ", ".join(f"{states[state]} {what}" for state, what in said if states[state])
    left = (states["poison"] or states["computed"]) and not everything
    more = " --all puts back also what would die again or is computed." if left else ""
    return f"{len(letters)} found: {counted}.{more}"


def _sentence(error: EngineAwayError | topic.NoTopicError) -> str:
    if isinstance(error, topic.NoTopicError):
        return f"Kafka has no topic {error}: topics are made before the services start."
    return f"{error.engine.capitalize()} does not answer: ECG_{error.engine.upper()} says where it is."


def _end(sentence: str, code: int) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(code)
