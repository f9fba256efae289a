"""``python -m query_api.keys``: another key signs, and no token is refused meanwhile; or the root is shown."""

import asyncio
from pathlib import Path

import click

from query_api.keys.root import load_next_root, load_root, use_next_root
from query_api.keys.rotating import RotatingError, alone, forget_retired, make_next, use_next
from query_api.keys.signing import public_jwk
from query_api.settings import Settings
from schemas.identity import Signs, record_key
from schemas.topics import IDENTITY
from service_kit import settings as kit
from service_kit.callers.root_of_trust import is_sealed
from service_kit.engines.kafka.compacted_topic import CompactedTopic

_KNOWN_SECONDS = 60.0
# Ingest APIs follow the topic, and query APIs that share the folder look at it every two seconds.
_SPREAD_SECONDS = 5.0
_POLL_SECONDS = 0.2


@click.group()
def keys() -> None:
    """The keys that sign tokens, in the folder ECG_KEYS_DIR."""


@keys.command()
@click.option("--devices", is_flag=True, help="The key of devices' tokens, not that of access tokens.")
def rotate(devices: bool) -> None:
    """Make another key, wait until every API believes it, let it sign, and keep the one before as one that is believed.

    Keys that were retired before, and whose last token has expired, are removed.
    """
    kind: Signs = "devices" if devices else "sign-in"
    try:
        settings = kit.read(Settings)
        with alone(settings.keys_dir):
            asyncio.run(_rotate(settings, settings.keys_dir, kind))
    except (RotatingError, kit.WrongSettingsError, OSError, ValueError, TypeError) as error:
        raise click.ClickException(str(error)) from None


@keys.command()
@click.option(
    "--next", "following", is_flag=True, help="Of the root that is to follow, made where there is none."
)
@click.option("--use-next", is_flag=True, help="Let that one take the place of the root, and show it.")
def root(following: bool, use_next: bool) -> None:
    """Show the public half of the root of trust, for ECG_IDENTITY_ROOT of the ingest APIs."""
    try:
        folder = kit.read(Settings).keys_dir
        with alone(folder):
            if use_next:
                use_next_root(folder)
            private = load_next_root(folder) if following else load_root(folder)
    except FileNotFoundError:
        raise click.ClickException("There is no next root: make one with --next.") from None
    except (RotatingError, kit.WrongSettingsError, OSError, ValueError, TypeError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(public_jwk(private).x)


async def _rotate(settings: Settings, folder: Path, kind: Signs) -> None:
    for path in forget_retired(folder, kind):
        click.echo(f"Removed {path.name}: its last token has expired.")
    kid = make_next(folder, kind)
    click.echo(f"The next key is {kid}.")
    await _published(settings, folder, kid)
    await asyncio.sleep(_SPREAD_SECONDS)
    use_next(folder, kind)
    click.echo(
        "It signs. The one before it is believed until its last token has expired; rotate again to remove it."
    )


async def _published(settings: Settings, folder: Path, kid: str) -> None:
    """Wait until ``ecg.identity.v1`` has this key. Raises RotatingError."""
    topic = CompactedTopic(settings, IDENTITY.name, lambda _: None)
    roots = [load_root(folder).public_key()]
    await topic.open(lambda latest: is_sealed(roots, latest))
    try:
        async with asyncio.timeout(_KNOWN_SECONDS):
            while not ((found := topic.records.get(record_key(kid))) and found.value):
                await asyncio.sleep(_POLL_SECONDS)
    except TimeoutError:
        raise RotatingError(
            "Kafka does not have the key yet: is a query API running with this folder, and Kafka there? "
            "Nothing has changed but that the next key is in the folder; the same command goes on with it."
        ) from None
    finally:
        await topic.close()


if __name__ == "__main__":
    keys(prog_name="python -m query_api.keys")
