"""Gives Kafka the accounts of `infra.access`, and each its rights: those that are missing, and no others."""

import asyncio
import hashlib
import secrets
from collections.abc import Sequence
from typing import Any

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError
from aiokafka.protocol.admin import DescribeAclsRequest

from infra.access.accounts import BROKER, OPERATOR, Accounts
from infra.access.kafka.protocol import Acl, CreateAcls, DeleteAcls, KeepSecrets, Secret
from infra.access.kafka_rights import RIGHTS, Right
from infra.access.signing_in import SCRAM
from infra.errors import SetupError

# The least that Kafka takes. It slows down who guesses; nobody guesses 144 bits.
ITERATIONS = 4096
SALT_BYTES = 16
KNOWN_LIMIT_SECONDS, KNOWN_POLL_SECONDS = 30.0, 0.05
# The protocol's numbers.
ANY, ALLOW, LITERAL, PREFIXED = 1, 3, 3, 4
TYPES = {"topic": 2, "group": 3, "cluster": 4}
OPERATIONS = {"read": 3, "write": 4, "describe": 8, "describe_configs": 10}
EVERYWHERE = "*"


async def apply_rights(bootstrap: str, accounts: Accounts, security: dict[str, Any]) -> list[str]:
    """Have Kafka know the passwords, give and take rights; a sentence for each right that changed.

    `security` is aiokafka's, of who may do everything. Rights of accounts that are not ours stay as they are.
    Raises SetupError where Kafka refuses, and aiokafka's own errors where it is away.
    """
    client = AIOKafkaClient(bootstrap_servers=bootstrap, **security)
    try:
        await client.bootstrap()
        own = {name: word for name, word in accounts.items() if name not in (BROKER, OPERATOR)}
        if unknown := await strangers(bootstrap, own, security):
            await keep(client, unknown)
            # Each broker hears of it a moment after the answer.
            async with asyncio.timeout(KNOWN_LIMIT_SECONDS):
                while await strangers(bootstrap, unknown, security):
                    await asyncio.sleep(KNOWN_POLL_SECONDS)
        return await align(client, sorted(accounts))
    finally:
        await client.close()


async def strangers(bootstrap: str, accounts: Accounts, security: dict[str, Any]) -> Accounts:
    """Those of the accounts whose password Kafka does not know."""
    known = await asyncio.gather(
        *(signs_in(bootstrap, name, word, security) for name, word in accounts.items())
    )
    return {
        name: word for (name, word), is_known in zip(accounts.items(), known, strict=True) if not is_known
    }


async def signs_in(bootstrap: str, name: str, password: str, security: dict[str, Any]) -> bool:
    """Whether Kafka lets somebody in."""
    own = {"sasl_mechanism": SCRAM, "sasl_plain_username": name, "sasl_plain_password": password}
    client = AIOKafkaClient(bootstrap_servers=bootstrap, **{**security, **own})
    try:
        await client.bootstrap()
    except KafkaError:
        return False
    finally:
        await client.close()
    return True


async def keep(client: AIOKafkaClient, accounts: Accounts) -> None:
    """Have Kafka know the passwords by what it needs to check them."""
    secrets_of = [secret(name, password) for name, password in accounts.items()]
    answer = await client.send(client.get_random_node(), KeepSecrets(secrets_of))
    for user, code, message, _ in answer.results:
        if code:
            raise SetupError(f"Kafka did not take the account {user}: {message or code}")


def secret(user: str, password: str) -> Secret:
    """What is kept of a password, with a salt of its own."""
    salt = secrets.token_bytes(SALT_BYTES)
    return Secret(user, ITERATIONS, salt, hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ITERATIONS))


async def align(client: AIOKafkaClient, names: Sequence[str]) -> list[str]:
    """Give what is missing of the rights, and take what these accounts have beyond them."""
    wanted = {acl_of(right) for right in RIGHTS}
    found = {acl for name in names for acl in await there(client, name)}
    missing, beyond = sorted(wanted - found, key=str), sorted(found - wanted, key=str)
    if missing:
        answer = await client.send(client.get_random_node(), CreateAcls(missing))
        _raise_for(answer.creation_responses)
    if beyond:
        answer = await client.send(client.get_random_node(), DeleteAcls(beyond))
        _raise_for([each[:2] for each in answer.filter_responses])
    return [f"Kafka takes from {acl.principal} a right to {acl.resource_name}" for acl in beyond]


async def there(client: AIOKafkaClient, name: str) -> list[Acl]:
    """The rights that an account has."""
    question = DescribeAclsRequest(ANY, None, ANY, f"User:{name}", None, ANY, ANY)
    answer = await client.send(client.get_random_node(), question)
    _raise_for([(answer.error_code, answer.error_message)])
    return [
        Acl(kind, resource, pattern, *rest)
        for kind, resource, pattern, acls in answer.resources
        for rest in acls
    ]


def acl_of(right: Right) -> Acl:
    """A right in the protocol's numbers."""
    return Acl(
        TYPES[right.kind],
        right.name,
        PREFIXED if right.prefix else LITERAL,
        f"User:{right.account}",
        EVERYWHERE,
        OPERATIONS[right.operation],
        ALLOW,
    )


def _raise_for(answers: Sequence[tuple[int, str | None]]) -> None:
    for code, message in answers:
        if code:
            raise SetupError(f"Kafka did not change the rights: {message or code}")
