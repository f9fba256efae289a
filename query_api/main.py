"""The query API: users, login and keys, and each user's own insights. Needs Cassandra alone to answer."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from query_api.audit import routes as audit_routes
from query_api.audit import store as audit_store
from query_api.audit.sealing import Seal
from query_api.audit.services import AuditServices, AuditState
from query_api.audit.store import AuditStore
from query_api.audit.trail import Audit
from query_api.cursors import Cursors, load_cursor_key
from query_api.devices import pairing as devices_pairing
from query_api.devices import pairing_routes, sent_route
from query_api.devices import refusals as devices_refusals
from query_api.devices import routes as devices
from query_api.devices import store as devices_store
from query_api.devices.refusals import KeptRefusals
from query_api.devices.services import DeviceState, device_services
from query_api.ecgs import list_route, one_routes
from query_api.ecgs import progress as ecgs_progress
from query_api.ecgs import store as ecgs_store
from query_api.ecgs.finding import Ecgs
from query_api.ecgs.progress import ProgressStore
from query_api.ecgs.services import EcgServices, EcgState
from query_api.ecgs.store import EcgStore
from query_api.ecgs.waiters import Waiters
from query_api.keys import routes as keys
from query_api.keys.folder import KeyFolder
from query_api.keys.publishing import KeyPublisher
from query_api.keys.signing import Signer
from query_api.revocations import store as revocations_store
from query_api.revocations.book import RevocationBook
from query_api.revocations.store import RevocationStore
from query_api.settings import Settings
from query_api.users import change_routes, password_routes, provider_routes, sign_in
from query_api.users import routes as users
from query_api.users.assembling import TABLES as USER_TABLES
from query_api.users.assembling import UserRoom
from query_api.users.first_admin import FirstAdmin
from query_api.users.services import UserState
from schemas.topics import UPLOADED
from service_kit.callers.addresses import Addresses
from service_kit.callers.rate_limit import CallerState
from service_kit.callers.rates import RateLimiter
from service_kit.callers.tokens import TokenVerifier
from service_kit.engines.cassandra.database import Database
from service_kit.engines.kafka.topic_ids import TopicId
from service_kit.http import health, openapi
from service_kit.http.application import application
from service_kit.http.fairness import Fairness
from service_kit.http.framework import cors
from service_kit.http.framework.direct_routes import Direct
from service_kit.http.middleware import RequestContext

_ROUTES = (
    sign_in,
    provider_routes,
    password_routes,
    users,
    change_routes,
    list_route,
    one_routes,
    devices,
    pairing_routes,
    sent_route,
    audit_routes,
    keys,
)
_TABLES = (
    *ecgs_store.TABLES,
    *ecgs_progress.TABLES,
    *USER_TABLES,
    *revocations_store.TABLES,
    *devices_store.TABLES,
    *devices_pairing.TABLES,
    *audit_store.TABLES,
    *devices_refusals.TABLES,
)
_DESCRIPTION = """
Sign in at `POST /v1/token` (or with **Authorize** here), and read what was counted in your ECGs.

* A device holds a token of its own, which sends ECGs and asks for their status: issue one, or pair by a code.
* A client reads their own ECGs and nobody else's; an admin registers users, and reads none.
* Every error is `application/problem+json` (RFC 9457) of a documented type; it repeats nothing that was sent.
* Send again after 408, 429, 5xx or a broken connection, never after another 4xx.
* Signals are not kept here: Kafka holds them for 30 days.
"""


class State(CallerState, AuditState, EcgState, UserState, DeviceState, keys.KeyState):
    """What the lifespan gives to every request."""


def create_app(settings: Settings, *, at_stop: list[Callable[[], None]] | None = None) -> FastAPI:
    """The application. It opens nothing until it is started, and starts whatever engine is away.

    What is to be done when the process is told to stop is added to `at_stop`.
    """
    database = Database(settings, _TABLES)
    waiters = Waiters(settings)
    addresses = Addresses(settings.proxies)
    trail = AuditStore(database)
    audit = Audit(settings, trail, addresses)
    key_publisher = KeyPublisher(settings, audit)
    topic_id = TopicId(settings, UPLOADED.name)
    tokens = TokenVerifier(issuer=settings.token_issuer, audience=settings.token_audience)
    revocations = RevocationBook(settings, RevocationStore(database), tokens.revocations)
    refusals = KeptRefusals(settings, database)
    people = UserRoom(settings, database)
    first_admin = FirstAdmin(settings, people.users, database, audit)
    store = EcgStore(database)
    ecgs_found = Ecgs(store, ProgressStore(database), waiters, topic_id)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[State]:
        folder = KeyFolder(settings.keys_dir)
        cursors = Cursors(load_cursor_key(settings.keys_dir))
        signer = Signer(
            lambda: folder.current,
            issuer=settings.token_issuer,
            audience=settings.token_audience,
            minutes=settings.token_minutes,
        )
        async with AsyncExitStack() as stack:
            stack.push_async_callback(people.close)
            stack.push_async_callback(database.close)
            await database.open()
            stack.push_async_callback(waiters.close)
            await waiters.open()
            stack.push_async_callback(audit.close)
            await audit.open(Seal(settings.keys_dir), [f"key/{key.kid}" for key in folder.current.public])
            stack.push_async_callback(topic_id.close)
            await topic_id.open()
            stack.push_async_callback(key_publisher.close)
            await key_publisher.open(folder, tokens.believe)
            stack.push_async_callback(revocations.close)
            await revocations.open(folder.root)
            stack.push_async_callback(refusals.close)
            await refusals.open()
            stack.push_async_callback(first_admin.close)
            await first_admin.open()
            yield {
                "tokens": tokens,
                "rates": RateLimiter(settings.requests_per_second),
                "audit": AuditServices(audit, trail, cursors),
                "ecgs": EcgServices(ecgs_found, store, waiters, cursors, audit, settings.wait_seconds),
                "users": people.services(revocations, tokens, signer, cursors, addresses, audit),
                "devices": device_services(
                    settings, database, folder, cursors, addresses, revocations, audit
                ),
                "keys": folder,
            }

    app = application("ECG insights: query", lifespan=lifespan, description=_DESCRIPTION)
    if at_stop is not None:
        at_stop.append(waiters.release)
    for routes in _ROUTES:
        app.include_router(routes.router)
    checks: dict[str, health.Check] = {
        "cassandra": database.answers,
        "first_admin": first_admin.is_settled,
        # Before, no token can be judged.
        "revocations_read": revocations.is_read,
    }
    optional: dict[str, health.Check] = {
        "kafka": key_publisher.kafka_answers,
        "keys_folder": key_publisher.folder_is_sound,
        "revocations": revocations.is_published,
        "audit": audit.takes,
        "audit_delivered": audit.is_delivered,
    }
    health.install(app, checks, optional=optional, metrics_elsewhere=settings.metrics_address is not None)
    openapi.install(app, [struct for routes in _ROUTES for struct in routes.STRUCTS])
    # The last that is added is the first that is asked.
    app.add_middleware(Direct, routers=[routes.router for routes in _ROUTES])
    app.add_middleware(
        Fairness,
        limit=settings.query_requests_in_flight,
        waits=waiters.waits,
        addresses=addresses,
    )
    app.add_middleware(RequestContext)
    cors.install(
        app,
        # The ingest API's own page signs in here.
        [*settings.allowed_origins(), cors.origin_of(settings.ingest_url)],
        methods=["DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"],
        headers=["If-None-Match", "Prefer"],
        exposed=["ETag", "Link", "Location", "Preference-Applied"],
    )
    return app
