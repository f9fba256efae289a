"""Files of Kafka's own kind: by which its brokers know themselves and the operator before they have kept any account,
and by which its commands sign in as the operator.
"""

import os
from pathlib import Path

from infra.access.accounts import BROKER, OPERATOR, Accounts

JAAS = """\
KafkaServer {{
    org.apache.kafka.common.security.plain.PlainLoginModule required
    username="{broker}" password="{broker_password}"
    user_{broker}="{broker_password}" user_{operator}="{operator_password}";
    org.apache.kafka.common.security.scram.ScramLoginModule required;
}};
"""

CLIENT = """\
security.protocol=SASL_PLAINTEXT
sasl.mechanism=PLAIN
sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required \\
    username="{operator}" password="{operator_password}";
"""


def jaas(accounts: Accounts) -> str:
    """What the brokers read."""
    return JAAS.format(
        broker=BROKER,
        broker_password=accounts[BROKER],
        operator=OPERATOR,
        operator_password=accounts[OPERATOR],
    )


def client_properties(accounts: Accounts) -> str:
    """What a command of Kafka's is given with --command-config."""
    return CLIENT.format(operator=OPERATOR, operator_password=accounts[OPERATOR])


def write_jaas(path: Path, accounts: Accounts) -> None:
    """Write what the brokers read, for its owner only."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        out.write(jaas(accounts))
