"""`python -m infra.apply`: make the topics and the tables, by the services' own environment variables.

Where ECG_ACCOUNTS_FILE names the file of the engines' accounts, they are known and have their rights afterwards; it is
applied as their operator, unless the variables say who else.

Tables and columns that were dropped are made again, empty; the services find them by themselves.
ECG_KAFKA_REPLICATION and ECG_CASSANDRA_REPLICATION (1 each) say how many copies are kept. Safe to run twice.
"""

import asyncio
import logging
import os
import sys

from aiokafka.errors import KafkaError
from cassandra import DriverException
from cassandra.cluster import NoHostAvailable

from infra.access.accounts import OPERATOR, given
from infra.access.signing_in import tls_to_cassandra, to_kafka, variables
from infra.apply.tables import apply_tables
from infra.apply.topics import apply_topics
from infra.errors import SetupError


def main() -> None:
    accounts = given()
    environment = {**(variables(OPERATOR, accounts) if accounts else {}), **os.environ}
    # Its errors have what they are of; those of Kafka's client are in its log alone.
    logging.getLogger("cassandra").setLevel(logging.CRITICAL)
    logging.getLogger("aiokafka").setLevel(logging.ERROR)
    try:
        changes = asyncio.run(
            apply_topics(
                environment.get("ECG_KAFKA", "127.0.0.1:9092"),
                replication=int(environment.get("ECG_KAFKA_REPLICATION", "1")),
                accounts=accounts,
                **to_kafka(environment),
            )
        )
        applied = apply_tables(
            environment.get("ECG_CASSANDRA", "127.0.0.1:9042").split(","),
            replication=int(environment.get("ECG_CASSANDRA_REPLICATION", "1")),
            keyspace=environment.get("ECG_CASSANDRA_KEYSPACE", "ecg"),
            local_dc=environment.get("ECG_CASSANDRA_LOCAL_DC", "datacenter1"),
            username=environment.get("ECG_CASSANDRA_USERNAME"),
            password=environment.get("ECG_CASSANDRA_PASSWORD"),
            tls=tls_to_cassandra(environment),
            tls_name=environment.get("ECG_CASSANDRA_TLS_NAME"),
            accounts=accounts,
        )
    except (
        SetupError,
        KafkaError,
        DriverException,
        NoHostAvailable,
        OSError,
    ) as failure:
        sys.exit(f"Topics and tables were not applied: {failure or type(failure).__name__}")
    for change in changes:
        print(f"  {change}")
    print(f"Topics are there; tables applied: {', '.join(applied) or 'nothing new'}.")


if __name__ == "__main__":
    main()
