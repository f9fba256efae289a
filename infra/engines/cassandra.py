"""Cassandra (one node, or one of several) as a child process: its configuration, and the question that proves
it is up.
"""

import asyncio
import socket
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cassandra.cluster import NoHostAvailable

from infra.access.accounts import OPERATOR, Accounts
from infra.access.cassandra_clients import FIRST, Credentials, cluster
from infra.engines.commitlog import drop_unbegun
from infra.engines.java import environment
from infra.engines.scratch import SCRATCH, make_scratch
from infra.program import Program

HERE = Path(__file__).resolve().parent
HEAP = "-Xmx1g"
COMMIT_LOG = "commitlog"
ASK_LIMIT_SECONDS = 3.0
# How long a node that starts asks the others who is there before it gives up.
RING_DELAY_MS = 20_000
# A worker thread without work looks for some after 10 us, again and again: with the usual slack of 50 us that is 40,000
# wake-ups a second, half a core for 180 uploads a second. A request alone waits 0.1 ms longer for it.
TIMER_SLACK_NS = 500_000

# Cassandra's own list for Java 17 (conf/jvm17-server.options): internals that it reaches into.
EXPORTS = (
    "java.base/jdk.internal.misc",
    "java.management.rmi/com.sun.jmx.remote.internal.rmi",
    "java.rmi/sun.rmi.registry",
    "java.rmi/sun.rmi.server",
    "java.sql/java.sql",
    "java.base/java.lang.ref",
    "jdk.unsupported/sun.misc",
    "jdk.attach/sun.tools.attach",
)
OPENS = (
    "java.base/java.lang.module",
    "java.base/jdk.internal.loader",
    "java.base/jdk.internal.ref",
    "java.base/jdk.internal.reflect",
    "java.base/jdk.internal.math",
    "java.base/jdk.internal.module",
    "java.base/jdk.internal.util.jar",
    "jdk.management/com.sun.management.internal",
    "java.base/sun.nio.ch",
    "java.base/java.io",
    "java.base/java.lang.reflect",
    "java.base/java.lang",
    "java.base/java.util",
)


@dataclass(frozen=True, slots=True)
class Node:
    """A node's place in a ring: its number from 1, its address, its token, and the node that all ask for the others."""

    number: int
    host: str
    token: int
    seed: str


def cassandra(
    java: Path,
    jars: Path,
    folder: Path,
    log: Path,
    port: int,
    storage_port: int,
    accounts: Accounts,
    *,
    heap: str = HEAP,
    node: Node | None = None,
) -> Program:
    """Cassandra on 127.0.0.1:port with its data in `folder`, which keeps its data over stops and starts.

    `accounts`: who asks it whether it is there. `node`: one of several, on a host of its own.
    """
    host = node.host if node else "127.0.0.1"
    (jamm,) = (jars / "cassandra").glob("jamm-*.jar")
    config = folder / "cassandra.yaml"
    return Program(
        name=f"cassandra-{node.number}" if node else "cassandra",
        title=f"Cassandra {node.number}" if node else "Cassandra",
        argv=(
            str(java),
            "-cp",
            str(jars / "cassandra" / "*"),
            f"-javaagent:{jamm}",
            heap,
            "-XX:+UseG1GC",
            "-XX:+ExitOnOutOfMemoryError",
            f"-XX:ErrorFile={log.with_suffix('.crash.log')}",
            "-XX:+PerfDisableSharedMem",
            # Cassandra relies on its assertions; the queue library runs out of memory with its own.
            "-ea",
            "-da:net.openhft...",
            *(f"--add-exports={package}=ALL-UNNAMED" for package in EXPORTS),
            *(f"--add-opens={package}=ALL-UNNAMED" for package in OPENS),
            "-Djdk.attach.allowAttachSelf=true",
            "-Dio.netty.tryReflectionSetAccessible=true",
            "-Dio.netty.allocator.useCacheForAllThreads=true",
            "-Dio.netty.allocator.maxOrder=11",
            "-Djava.net.preferIPv4Stack=true",
            f"-Djava.io.tmpdir={folder / SCRATCH}",
            f"-Dlogback.configurationFile={HERE / 'logback.xml'}",
            f"-Dcassandra.config={config.as_uri()}",
            f"-Dcassandra.storagedir={folder}",
            # Alone in its ring, it has nobody to wait for.
            "-Dcassandra.skip_wait_for_gossip_to_settle=0",
            "-Dcassandra.superuser_setup_delay_ms=0",
            # The least of work for each check of a password: those that are here nobody guesses.
            "-Dcassandra.auth_bcrypt_gensalt_log2_rounds=4",
            # A thread told its name for every task is a system call for every task.
            "-Dcassandra.set_sep_thread_name=false",
            f"-Dcassandra.ring_delay_ms={RING_DELAY_MS if node else 0}",
            "-Dcassandra.shutdown_announce_in_ms=0",
            # What it remembers of the ring is itself, perhaps at a port it had to leave since.
            "-Dcassandra.load_ring_state=false",
            "-Dcassandra-foreground=yes",
            "org.apache.cassandra.service.CassandraDaemon",
        ),
        log=log,
        answers=partial(answers, host, port, accounts),
        waits_for="a CQL answer",
        address=f"{host}:{port}",
        env=environment,
        prepare=partial(prepare, folder, port, storage_port, node),
        timer_slack_ns=TIMER_SLACK_NS,
    )


def prepare(folder: Path, port: int, storage_port: int, node: Node | None) -> None:
    """Write the configuration, and clear away what would keep the node from starting."""
    make_scratch(folder)
    drop_unbegun(folder / COMMIT_LOG)
    settings = (HERE / "cassandra.yaml").read_text()
    (folder / "cassandra.yaml").write_text(
        (settings if node is None else in_ring(settings, node))
        + "\n"
        + f"native_transport_port: {port}\n"
        + f"storage_port: {storage_port}\n"
        + f"data_file_directories: ['{folder / 'data'}']\n"
        + f"commitlog_directory: '{folder / COMMIT_LOG}'\n"
        + f"saved_caches_directory: '{folder / 'saved_caches'}'\n"
        + f"hints_directory: '{folder / 'hints'}'\n"
    )


def in_ring(settings: str, node: Node) -> str:
    """The settings of one node among several: its address, its token, and hints for those that are away."""
    changes = {
        "listen_address: 127.0.0.1": f"listen_address: {node.host}",
        "rpc_address: 127.0.0.1": f"rpc_address: {node.host}\ninitial_token: {node.token}\nauto_bootstrap: false",
        'seeds: "127.0.0.1"': f'seeds: "{node.seed}"',
        "hinted_handoff_enabled: false": "hinted_handoff_enabled: true",
    }
    for alone, among_others in changes.items():
        settings = settings.replace(alone, among_others)
    return settings


async def answers(host: str, port: int, accounts: Accounts) -> bool:
    """Whether the node answers a CQL query."""
    return await asyncio.to_thread(ask, host, port, accounts)


def ask(host: str, port: int, accounts: Accounts) -> bool:
    """Ask the node for its version, over a connection of its own: as the operator, or as the account that makes it."""
    try:
        # The driver logs at length what a closed port says in a word.
        socket.create_connection((host, port), ASK_LIMIT_SECONDS).close()
    except OSError:
        return False
    return any(tells(host, port, credentials) for credentials in ((OPERATOR, accounts[OPERATOR]), FIRST))


def tells(host: str, port: int, credentials: Credentials) -> bool:
    """Whether the node tells its version to somebody."""
    with cluster([f"{host}:{port}"], credentials, seconds=ASK_LIMIT_SECONDS, alone=True) as opened:
        try:
            return bool(opened.connect().execute("SELECT release_version FROM system.local").one())
        except NoHostAvailable:
            return False
