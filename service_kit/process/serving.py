"""How every service starts and stops: settings read or complained of, logs set up, one server until told to stop."""

import asyncio
import logging
import resource
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import cast

import uvicorn
from fastapi import FastAPI

from service_kit import logs
from service_kit.callers.addresses import Addresses
from service_kit.http.pace import Pace
from service_kit.http.server.connection_limit import ConnectionLimit
from service_kit.http.server.connections import Connection, Timeouts
from service_kit.http.server.stop_signal import Server
from service_kit.process import allocator, garbage_collection
from service_kit.process.metrics_server import serve_metrics
from service_kit.settings import SomeSettings, WrongSettingsError, read, unheard

_log = logging.getLogger(__name__)

# As for a command line that is wrong: a supervisor that starts it again gets the same.
EXIT_WRONG_SETTINGS = 2


@dataclass(frozen=True, slots=True)
class Listening:
    """Where a service listens, and for how many seconds an idle connection and requests under way are kept.

    `stop_seconds` begin when the process is told to stop; None: for as long as they take.
    """

    host: str
    port: int
    keep_alive_seconds: int
    stop_seconds: int | None


def serve(
    service: str,
    settings_type: type[SomeSettings],
    create_app: Callable[[SomeSettings], FastAPI],
    listening: Callable[[SomeSettings], Listening],
    *,
    at_stop: Sequence[Callable[[], None]] = (),
) -> int:
    """Serve until told to stop, then finish what is under way, for a bounded time; returns the exit code.

    All of `at_stop` are called in the event loop when it is told to stop, before anything is waited for. Returns
    EXIT_WRONG_SETTINGS after a sentence on standard error for each setting that is wrong; a name that is no setting is
    warned of.
    """
    try:
        settings = read(settings_type)
    except WrongSettingsError as error:
        print(f"{service} cannot start:", *error.sentences, sep="\n  ", file=sys.stderr)
        return EXIT_WRONG_SETTINGS
    logs.configure(service, settings.log_level)
    for sentence in unheard():
        _log.warning(sentence)
    allocator.keep()
    where = listening(settings)
    timeouts = Timeouts(settings.head_seconds, settings.answer_seconds, Pace.of(settings))
    limit = ConnectionLimit(settings.connections, Addresses(settings.proxies))
    _raise_open_files()
    if settings.metrics_address is not None:
        try:
            serve_metrics(settings.metrics_address)
        except OSError as error:
            print(f"{service} cannot start: ECG_METRICS_ADDRESS: {error.strerror}.", file=sys.stderr)
            return EXIT_WRONG_SETTINGS
    app = create_app(settings)
    garbage_collection.look_seldom()
    config = uvicorn.Config(
        app,
        host=where.host,
        port=where.port,
        loop="uvloop",
        http=cast("type[asyncio.Protocol]", partial(Connection, timeouts=timeouts, limit=limit)),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        # Of every answer, whoever gives it: a browser takes what it gets for what it says it is.
        headers=[("X-Content-Type-Options", "nosniff")],
        # Whoever connects is who they are: what a proxy says of its callers could be said by anybody.
        proxy_headers=False,
        timeout_keep_alive=where.keep_alive_seconds,
        timeout_graceful_shutdown=where.stop_seconds,
    )
    Server(config, at_stop).run()
    return 0


def _raise_open_files() -> None:
    """Let this process open as many files, of which connections are some, as the machine allows it."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
