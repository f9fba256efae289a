"""The commands of the audit trail: `verify` its chains on the topic, `restore` from there the tables that are read.

Exit codes: 0 done and sound; 1 the trail is broken; 2 wrong use; 75 an engine is away: run it again.
"""

import asyncio
import logging
import sys
import time
from collections.abc import Coroutine
from typing import Any, NoReturn

import click

from query_api.audit.chains import Chains, Finding, Place
from query_api.audit.filing import rows_of
from query_api.audit.sealing import is_good, trusted
from query_api.audit.store import TABLES, AuditStore, Head
from query_api.audit.topic import records
from query_api.settings import Settings
from service_kit.engines.cassandra.database import Database
from service_kit.engines.errors import EngineAwayError
from service_kit.settings import WrongSettingsError, read

BROKEN = 1
WRONG_USE = 2
# sysexits.h: EX_TEMPFAIL.
LATER = 75
# Cassandra is reached, or is away.
_REACH_SECONDS = 10.0
# The first say where to look; the rest are counted.
_SHOWN_FINDINGS = 50


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 1 the trail is broken, 2 wrong use, 75 an engine is away.",
)
def audit() -> None:
    """Checks and restores the audit trail. Where the engines and the keys are, the environment says."""
    # What is wrong with an engine is said once, in a sentence.
    logging.disable(logging.CRITICAL)


@audit.command()
@click.option(
    "--key", "keys", multiple=True, help="A public key of seals that is ours, in hex; besides the folder's."
)
def verify(keys: tuple[str, ...]) -> None:
    """Read the whole topic, and say where the trail is not what was written: missing, altered, foreign or cut off."""
    settings = _settings()
    ours = _trusted(settings) | set(keys)
    if not ours:
        _end("No key of seals: ECG_KEYS_DIR says where they are, or give one with --key.", WRONG_USE)
    chains, heads = _run(_judged(settings, ours))
    findings = chains.end(heads, time.time())
    broken = [finding for finding in findings if finding.broken]
    for finding in [*broken, *(one for one in findings if not one.broken)][:_SHOWN_FINDINGS]:
        click.echo(_sentence(finding))
    said = f"{chains.blocks} blocks of {len(chains)} chains, {chains.entries} entries, {chains.repeated} sent again."
    if heads is None:
        said += " Cassandra is away: a tail that was cut off may go unnoticed."
    verdict = f"BROKEN in {len(broken)} places." if broken else "Sound."
    click.echo(f"{said} {verdict}")
    sys.exit(BROKEN if broken else 0)


@audit.command()
def restore() -> None:
    """Write the rows of every block on the topic anew; those that are there stay as they are."""
    settings = _settings()
    written = _run(_restored(settings, _trusted(settings)))
    click.echo(f"The rows of {written} blocks are there.")


async def _judged(settings: Settings, ours: set[str]) -> tuple[Chains, list[Head] | None]:
    chains = Chains(ours)
    # Asked first: what is written meanwhile is then on the topic, and not the other way round.
    heads = await _heads(settings)
    async for found in records(settings):
        place = Place(found.partition, found.offset)
        if isinstance(found.sealed, str):
            chains.unreadable(place, found.sealed)
        else:
            chains.take(found.sealed, place, found.written_at)
    return chains, heads


async def _heads(settings: Settings) -> list[Head] | None:
    database = Database(settings, TABLES)
    await database.open()
    try:
        await _reached(database)
        return await AuditStore(database).heads()
    except EngineAwayError:
        return None
    finally:
        await database.close()


async def _restored(settings: Settings, ours: set[str]) -> int:
    database = Database(settings, TABLES)
    await database.open()
    written = 0
    try:
        await _reached(database)
        store = AuditStore(database)
        async for found in records(settings):
            if not isinstance(found.sealed, str) and found.sealed.seal_key in ours and is_good(found.sealed):
                await store.add(rows_of(found.sealed.value))
                written += 1
    finally:
        await database.close()
    return written


async def _reached(database: Database) -> None:
    """Return when Cassandra answers. Raises EngineAwayError where it does not for a while."""
    deadline = time.monotonic() + _REACH_SECONDS
    while True:
        try:
            await database.answers()
            return
        except EngineAwayError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.1)


def _settings() -> Settings:
    try:
        return read(Settings)
    except WrongSettingsError as error:
        _end("\n".join(error.sentences), WRONG_USE)


def _trusted(settings: Settings) -> set[str]:
    try:
        return trusted(settings.keys_dir)
    except (OSError, ValueError) as error:
        _end(f"The keys of seals in ECG_KEYS_DIR cannot be read: {type(error).__name__}.", WRONG_USE)


def _run(work: Coroutine[Any, Any, Any]) -> Any:
    try:
        return asyncio.run(work)
    except EngineAwayError as error:
        engine = error.engine
        why = f"{engine.capitalize()} does not answer ({error.cause})"
        _end(f"{why}: ECG_{engine.upper()} says where it is.", LATER)


def _sentence(finding: Finding) -> str:
    where = (
        ""
        if finding.place is None
        else f" (partition {finding.place.partition}, offset {finding.place.offset})"
    )
    chain = "" if finding.chain is None else f"chain {finding.chain}: "
    return f"{'BROKEN' if finding.broken else 'note'}: {chain}{finding.what}{where}"


def _end(sentence: str, code: int) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(code)
