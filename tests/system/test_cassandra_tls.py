"""TLS to Cassandra: believed is only who the operator's certificates vouch for, under the name that was asked for."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from harness.certificates import Authority
from harness.databases import connected, database, linked, on_each_loop, read, run, write
from harness.running import Engines
from service_kit.engines.cassandra.database import Database
from service_kit.engines.errors import EngineAwayError

Loop = Callable[[], asyncio.AbstractEventLoop]
HERE, ELSEWHERE = "127.0.0.1", "127.0.0.2"
ATTEMPTS_SECONDS = 60.0
SAID = {
    "authority": "its certificate is not believed: unable to get local issuer certificate",
    "name": "its certificate is not believed: IP address mismatch, certificate is not valid for '127.0.0.1'",
    "expired": "its certificate is not believed: certificate has expired",
    # A node that speaks plainly, to which a handshake is nonsense.
    "no TLS": "TLS failed: ",
}


@on_each_loop
def test_a_node_is_believed_by_its_certificate(engines: Engines, loop: Loop, tmp_path: Path) -> None:
    """Also with what takes many records, and after the connections were cut."""
    authority = Authority(tmp_path / "authority")
    context = authority.sign("node", HERE).context()

    async def test() -> None:
        async with (
            linked(engines, context) as (link, address),
            database(address, ca_file=authority.file, seconds=20.0) as opened,
        ):
            await connected(opened)
            owner, large = uuid4(), "ecg" * 1_000_000
            await write(opened, owner, "large", large)
            assert await read(opened, owner, "large") == large
            assert link.cut(1.0) >= 1
            await connected(opened)
            found = await asyncio.gather(*(read(opened, owner, "large") for _ in range(5)))
            assert found == [large] * 5

    run(test(), loop)


@on_each_loop
@pytest.mark.parametrize("wrong", SAID)
def test_anybody_else_is_refused(
    engines: Engines, loop: Loop, wrong: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """And why is said in the log, and to whoever asks whether Cassandra is there."""
    authority, other = (Authority(tmp_path / name) for name in ("known", "other"))
    signing = other if wrong == "authority" else authority
    shown = signing.sign("node", ELSEWHERE if wrong == "name" else HERE, ended=wrong == "expired").context()

    async def test() -> None:
        async with (
            linked(engines, None if wrong == "no TLS" else shown) as (_, address),
            database(address, ca_file=authority.file) as opened,
        ):
            async with asyncio.timeout(ATTEMPTS_SECONDS):
                while SAID[wrong] not in await why(opened):
                    await asyncio.sleep(0.05)

    with caplog.at_level(logging.WARNING):
        run(test(), loop)
    assert SAID[wrong] in " ".join(str(getattr(record, "cause", "")) for record in caplog.records)


@on_each_loop
@pytest.mark.parametrize("named", ["ring.example", "other.example"])
def test_one_name_may_be_that_of_all_nodes(engines: Engines, loop: Loop, named: str, tmp_path: Path) -> None:
    """Nodes know one another by their IP addresses, which a certificate seldom has."""
    authority = Authority(tmp_path / "authority")
    shown = authority.sign("node", "ring.example").context()

    async def test() -> None:
        async with (
            linked(engines, shown) as (_, address),
            database(address, ca_file=authority.file, tls_name=named) as opened,
        ):
            if named == "ring.example":
                await connected(opened)
                return
            async with asyncio.timeout(ATTEMPTS_SECONDS):
                while "Hostname mismatch" not in await why(opened):
                    await asyncio.sleep(0.05)

    run(test(), loop)


async def why(opened: Database) -> str:
    """Why Cassandra is away."""
    with pytest.raises(EngineAwayError) as raised:
        await opened.answers()
    return raised.value.cause
