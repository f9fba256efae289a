"""Keycloak as a process of this machine, with one realm: clients, groups, and people as tests need them."""

import secrets
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from harness import leaks
from harness.keycloak.distribution import command, ensure_keycloak
from harness.running import until
from infra import tied
from infra.console import Console
from infra.engines.java import ensure_java
from infra.local.ports import any_free

REALM = "hospital"
# What the system is called there; a program whose tokens are for it as well; one whose tokens are not.
CLIENT, GATEWAY, ELSEWHERE = "ecg", "gateway", "elsewhere"
WARD, IT = "ward", "it"
_ADMIN = "admin"
_STOP_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom the provider knows, by their name and password there."""

    id: str
    name: str
    password: str
    email: str


class Keycloak:
    """A running one. `issuer`: of its realm."""

    def __init__(self, url: str, http: httpx.Client, password: str) -> None:
        self.url = url
        self.issuer = f"{url}/realms/{REALM}"
        self.secret = secrets.token_urlsafe(24)
        self._http = http
        self._password = password
        leaks.note(password, self.secret)

    def is_up(self) -> bool:
        try:
            return self._http.get(f"{self.url}/realms/master/.well-known/openid-configuration").is_success
        except httpx.TransportError:
            return False

    def set_up(self, callback: str) -> None:
        """Make the realm; `callback`: where browsers come back to from it."""
        self._ask("POST", "", json=_realm(self.secret, callback))

    def person(self, *groups: str, verified: bool = True, email: str | None = None) -> Person:
        """Somebody new."""
        name = f"person-{time.time_ns()}"
        one = Person("", name, secrets.token_urlsafe(16), email or f"{name}@example.com")
        made = self._ask(
            "POST",
            f"/{REALM}/users",
            json={
                "username": name,
                "email": one.email,
                "emailVerified": verified,
                "enabled": True,
                "firstName": "Ann",
                "lastName": "Example",
                "groups": list(groups),
                "credentials": [{"type": "password", "value": one.password, "temporary": False}],
            },
        )
        leaks.note(one.password, one.email)
        return Person(made.headers["location"].rpartition("/")[2], one.name, one.password, one.email)

    def token(self, person: Person, client: str = CLIENT, kind: str = "id_token") -> str:
        """A token that a client of the provider has of somebody."""
        answer = self._http.post(
            f"{self.issuer}/protocol/openid-connect/token",
            data={
                "grant_type": "password",
                "client_id": client,
                "client_secret": self.secret,
                "username": person.name,
                "password": person.password,
                "scope": "openid email",
            },
        )
        assert answer.status_code == 200, answer.text
        token: str = answer.json()[kind]
        leaks.note(token)
        return token

    def join(self, person: Person, group: str) -> None:
        """Put somebody into another group as well."""
        groups = self._ask("GET", f"/{REALM}/groups").json()
        (found,) = (one["id"] for one in groups if one["name"] == group)
        self._ask("PUT", f"/{REALM}/users/{person.id}/groups/{found}")

    def call(self, person: Person, email: str) -> None:
        """Give somebody another address."""
        leaks.note(email)
        self._ask("PUT", f"/{REALM}/users/{person.id}", json={"email": email, "emailVerified": True})

    def rotate_keys(self) -> None:
        """Sign by another key from now on."""
        self._ask(
            "POST",
            f"/{REALM}/components",
            json={
                "name": f"rsa-{time.time_ns()}",
                "providerId": "rsa-generated",
                "providerType": "org.keycloak.keys.KeyProvider",
                "config": {"priority": [str(time.time_ns() // 1_000_000_000)], "keySize": ["2048"]},
            },
        )

    def _ask(self, method: str, path: str, **sent: Any) -> httpx.Response:
        form = {"grant_type": "password", "client_id": "admin-cli", "username": _ADMIN}
        signed_in = self._http.post(
            f"{self.url}/realms/master/protocol/openid-connect/token",
            data=form | {"password": self._password},
        )
        assert signed_in.status_code == 200, signed_in.text
        headers = {"authorization": f"Bearer {signed_in.json()['access_token']}"}
        answer = self._http.request(method, f"{self.url}/admin/realms{path}", headers=headers, **sent)
        assert answer.is_success, answer.text
        return answer


@contextmanager
def keycloak(folder: Path) -> Iterator[Keycloak]:
    """One that forgets all when it ends, with its log in `folder`."""
    console = Console()
    java = ensure_java(console)
    home = ensure_keycloak(java, console)
    port, password = any_free(), secrets.token_urlsafe(24)
    told = ("--http-enabled=true", "--hostname-strict=false", "--http-host=127.0.0.1", f"--http-port={port}")
    log = folder / "keycloak.log"
    with log.open("wb") as out, httpx.Client(trust_env=False, timeout=60.0) as http:
        process = subprocess.Popen(
            tied.command([*command(java, home), "start", "--optimized", "--cache=local", *told]),
            env={"KC_BOOTSTRAP_ADMIN_USERNAME": _ADMIN, "KC_BOOTSTRAP_ADMIN_PASSWORD": password},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
        try:
            running = Keycloak(f"http://127.0.0.1:{port}", http, password)
            until(lambda: running.is_up() or process.poll() is not None, "Keycloak", limit_seconds=300.0)
            assert process.poll() is None, log.read_text()[-4_000:]
            yield running
        finally:
            process.terminate()
            process.wait(_STOP_SECONDS)


def _realm(secret: str, callback: str) -> dict[str, Any]:
    groups = _mapper("groups", "oidc-group-membership-mapper", {"claim.name": "groups", "full.path": "false"})
    audience = _mapper("audience", "oidc-audience-mapper", {"included.client.audience": CLIENT})
    return {
        "realm": REALM,
        "enabled": True,
        "sslRequired": "none",
        "groups": [{"name": WARD}, {"name": IT}],
        "clients": [
            _client(CLIENT, secret, groups) | {"redirectUris": [callback]},
            _client(GATEWAY, secret, groups, audience),
            _client(ELSEWHERE, secret, groups),
        ],
    }


def _client(name: str, secret: str, *mappers: dict[str, Any]) -> dict[str, Any]:
    return {
        "clientId": name,
        "secret": secret,
        "publicClient": False,
        "standardFlowEnabled": True,
        "directAccessGrantsEnabled": True,
        "attributes": {"pkce.code.challenge.method": "S256"},
        "protocolMappers": list(mappers),
    }


def _mapper(name: str, kind: str, config: dict[str, str]) -> dict[str, Any]:
    into = {"id.token.claim": "true", "access.token.claim": "true"}
    return {"name": name, "protocol": "openid-connect", "protocolMapper": kind, "config": config | into}
