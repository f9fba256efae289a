"""`docker compose run --rm env`: exports for a shell, with the token of a demo user registered by the admin."""

import json
import os
import secrets
import sys
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

from infra.stack.secret_files import ADMIN_PASSWORD, generated, read, write

# Inside the stack's network; what is printed is the address outside.
ENTRY = "http://proxy:8080"
LIMIT_SECONDS = 30.0
DEMO_EMAIL, DEMO_PASSWORD = "demo_email", "demo_password"
OK, CREATED, CONFLICT = 200, 201, 409


def main() -> None:
    try:
        token = demo_token()
    except (URLError, HTTPException, TimeoutError) as error:
        sys.exit(f"The system does not answer ({error}); see `docker compose ps`.")
    print(f"export ECG_INGEST={os.environ['ECG_INGEST_URL']}")
    print(f"export ECG_QUERY={os.environ['ECG_QUERY_URL']}")
    # The first is for curl, the second for `ecg`.
    print(f"export TOKEN={token}")
    print(f"export ECG_TOKEN={token}")


def demo_token() -> str:
    """A token of the demo's user, who is registered the first time."""
    email, password = read(DEMO_EMAIL), read(DEMO_PASSWORD)
    token = sign_in(email, password) if email and password else None
    return token or sign_in_new()


def sign_in_new() -> str:
    """A token of a demo user registered now. Ends the program where the admin cannot sign in."""
    password = os.environ.get("ECG_ADMIN_PASSWORD") or read(ADMIN_PASSWORD) or ""
    admin = sign_in(os.environ["ECG_ADMIN_EMAIL"], password)
    if admin is None:
        sys.exit(
            f"The first admin cannot sign in with ECG_ADMIN_PASSWORD, nor with the file {ADMIN_PASSWORD}."
        )
    for email in ("demo@example.com", f"demo-{secrets.token_hex(4)}@example.com"):
        body = json.dumps({"email": email}).encode()
        headers = {"Authorization": f"Bearer {admin}", "Content-Type": "application/json"}
        status, answer = post("/v1/users", body, headers)
        # The address is taken where the volume with its password was removed.
        if status != CONFLICT:
            break
    if status != CREATED:
        sys.exit(f"No demo user could be registered: {status} {answer.get('title', '')}")
    # As whoever was invited does: the admin knows no password of theirs.
    password = generated()
    body = json.dumps({"invitation": answer["invitation"], "password": password}).encode()
    post("/v1/invitations/redeem", body, {"Content-Type": "application/json"})
    token = sign_in(email, password)
    if token is None:
        sys.exit("The demo user was registered and cannot sign in.")
    write(DEMO_EMAIL, email)
    write(DEMO_PASSWORD, password)
    return token


def sign_in(email: str, password: str) -> str | None:
    """A token, None where the password is not right."""
    form = urlencode({"username": email, "password": password}).encode()
    status, answer = post("/v1/token", form, {"Content-Type": "application/x-www-form-urlencoded"})
    return str(answer["access_token"]) if status == OK else None


def post(path: str, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
    """POST to the system: the status and the JSON of the answer."""
    request = Request(ENTRY + path, body, headers)  # noqa: S310 - the address is ours
    try:
        # Never by a proxy that the environment names: the system is beside this container.
        with build_opener(ProxyHandler({})).open(request, timeout=LIMIT_SECONDS) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        with error:
            return error.code, json.load(error)


if __name__ == "__main__":
    main()
