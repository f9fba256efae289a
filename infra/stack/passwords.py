"""`python -m infra.stack.passwords FOLDER KEYS`: the first admin's password, the engines' accounts, the proxy's
certificate, and in the folder KEYS the root of trust, made where there are none. No secret is printed.

Below FOLDER each part of the stack finds what it signs in with in a folder of its own, and nothing of the others'.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from infra.access.accounts import INGEST, OPERATOR, PROCESSOR, QUERY, Accounts, kept
from infra.access.jaas import client_properties, jaas
from infra.access.root_key import public_half
from infra.access.signing_in import secrets_of
from infra.stack import certificate, secret_files
from infra.stack.secret_files import ADMIN_PASSWORD, generated, read, write

ACCOUNTS_FILE = "accounts.json"
HOSTS = "localhost,127.0.0.1,::1"
# The brokers run as a user of their image's, who is not ours.
FOR_OTHERS = 0o444


def main() -> None:
    root = Path(sys.argv[1])
    accounts = kept(root / OPERATOR / ACCOUNTS_FILE)
    keep(root / INGEST, {"ecg_identity_root": public_half(Path(sys.argv[2]))})
    for name in (OPERATOR, INGEST, PROCESSOR):
        keep(root / name, secrets_of(name, accounts))
    keep(secret_files.folder(), secrets_of(QUERY, accounts))
    keep(root / "kafka", of_kafka(accounts), mode=FOR_OTHERS)
    if certify(root / "proxy", os.environ.get("ECG_TLS_HOSTS") or HOSTS):
        print("The proxy's certificate is new. To have it:")
        print(f"  docker compose cp proxy:/etc/nginx/tls/{certificate.CERTIFICATE} .")
    if read(ADMIN_PASSWORD):
        print("The first admin's password is there.")
        return
    write(ADMIN_PASSWORD, generated())
    print("The first admin's password is new. To read it:")
    print(f"  docker compose exec query_api cat /var/lib/ecg/secrets/{ADMIN_PASSWORD}")


def certify(folder: Path, hosts: str) -> bool:
    """Have a certificate for hosts with commas between; whether it is new. Ends the program where one is no host."""
    try:
        return certificate.keep(folder, [host.strip() for host in hosts.split(",") if host.strip()])
    except ValueError:
        sys.exit("ECG_TLS_HOSTS has to be names in ASCII and IP addresses, with commas between.")


def of_kafka(accounts: Accounts) -> dict[str, str]:
    """The files of the brokers' folder."""
    return {"jaas.conf": jaas(accounts), "client.properties": client_properties(accounts)}


def keep(folder: Path, files: Mapping[str, str], *, mode: int = secret_files.FOR_OWNER) -> None:
    """Write files of one folder."""
    for name, content in files.items():
        write(name, content, folder, mode=mode)


if __name__ == "__main__":
    main()
