"""How an account signs in to the engines: as variables of a service, and as arguments of the clients."""

import ssl
from collections.abc import Mapping
from typing import Any

from infra.access import cassandra_rights
from infra.access.accounts import OPERATOR, Accounts
from schemas import tls

# The operator's word is in Kafka's own configuration, which SCRAM cannot use; all others' are kept in Kafka.
PLAIN, SCRAM = "PLAIN", "SCRAM-SHA-512"


def variables(name: str, accounts: Accounts) -> dict[str, str]:
    """What a service has to be told to sign in by this name."""
    to_both = {
        "ECG_KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
        "ECG_KAFKA_SASL_MECHANISM": PLAIN if name == OPERATOR else SCRAM,
        "ECG_KAFKA_USERNAME": name,
        "ECG_KAFKA_PASSWORD": accounts[name],
    }
    if name in (OPERATOR, *cassandra_rights.ACCOUNTS):
        to_both |= {"ECG_CASSANDRA_USERNAME": name, "ECG_CASSANDRA_PASSWORD": accounts[name]}
    return to_both


def secrets_of(name: str, accounts: Accounts) -> dict[str, str]:
    """The same as files of a folder of secrets, of what is secret or says who somebody is."""
    return {
        variable.lower(): value
        for variable, value in variables(name, accounts).items()
        if variable.endswith(("_USERNAME", "_PASSWORD"))
    }


def to_kafka(environment: Mapping[str, str]) -> dict[str, Any]:
    """aiokafka's security arguments from the services' own variables (ECG_KAFKA_SECURITY_PROTOCOL, ...)."""
    arguments: dict[str, Any] = {
        "security_protocol": environment.get("ECG_KAFKA_SECURITY_PROTOCOL", "PLAINTEXT"),
        "sasl_mechanism": environment.get("ECG_KAFKA_SASL_MECHANISM", SCRAM),
        "sasl_plain_username": environment.get("ECG_KAFKA_USERNAME"),
        "sasl_plain_password": environment.get("ECG_KAFKA_PASSWORD"),
    }
    if arguments["security_protocol"].endswith("SSL"):
        arguments["ssl_context"] = tls.context(
            environment.get("ECG_KAFKA_CA_FILE"),
            environment.get("ECG_KAFKA_CERTIFICATE_FILE"),
            environment.get("ECG_KAFKA_KEY_FILE"),
        )
    return arguments


def tls_to_cassandra(environment: Mapping[str, str]) -> ssl.SSLContext | None:
    """The same of Cassandra's driver, None: without TLS."""
    if "ECG_CASSANDRA_CA_FILE" not in environment:
        return None
    return tls.context(
        environment["ECG_CASSANDRA_CA_FILE"],
        environment.get("ECG_CASSANDRA_CERTIFICATE_FILE"),
        environment.get("ECG_CASSANDRA_KEY_FILE"),
    )


def operator_to_kafka(accounts: Accounts) -> dict[str, Any]:
    """The same for the operator of engines of our own."""
    return to_kafka(variables(OPERATOR, accounts))
