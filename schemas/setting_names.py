"""The names of all settings, as the README's three tables have them.

Services never import each other, and a name that nobody knows can only be told by who knows all of them.
"""

import difflib
from collections.abc import Iterable, Iterator

PREFIX = "ECG_"
# Nearer than two real names are to each other, as after a typo.
_NEAR = 0.9

OF_SERVICES = frozenset(
    {
        "ECG_LOG_LEVEL",
        "ECG_INGEST_URL",
        "ECG_QUERY_URL",
        "ECG_CORS_ORIGINS",
        "ECG_TOKEN_ISSUER",
        "ECG_TOKEN_AUDIENCE",
        "ECG_METRICS_ADDRESS",
        "ECG_HEAD_SECONDS",
        "ECG_ANSWER_SECONDS",
        "ECG_BODY_BYTES_PER_SECOND",
        "ECG_BODY_SECONDS",
        "ECG_CONNECTIONS",
        "ECG_PROXIES",
        "ECG_REQUESTS_PER_SECOND",
        "ECG_KAFKA",
        "ECG_KAFKA_SECURITY_PROTOCOL",
        "ECG_KAFKA_SASL_MECHANISM",
        "ECG_KAFKA_USERNAME",
        "ECG_KAFKA_PASSWORD",
        "ECG_KAFKA_CA_FILE",
        "ECG_KAFKA_CERTIFICATE_FILE",
        "ECG_KAFKA_KEY_FILE",
        "ECG_CASSANDRA",
        "ECG_CASSANDRA_KEYSPACE",
        "ECG_CASSANDRA_LOCAL_DC",
        "ECG_CASSANDRA_USERNAME",
        "ECG_CASSANDRA_PASSWORD",
        "ECG_CASSANDRA_CA_FILE",
        "ECG_CASSANDRA_CERTIFICATE_FILE",
        "ECG_CASSANDRA_KEY_FILE",
        "ECG_CASSANDRA_TLS_NAME",
        "ECG_CASSANDRA_TIMEOUT_SECONDS",
        "ECG_IDENTITY_ROOT",
        "ECG_INGEST_HOST",
        "ECG_INGEST_PORT",
        "ECG_INGEST_BODY_MAX_BYTES",
        "ECG_INGEST_REQUESTS_IN_FLIGHT",
        "ECG_INGEST_BYTES_IN_FLIGHT",
        "ECG_INGEST_WORKERS",
        "ECG_INGEST_LEADS_MAX",
        "ECG_INGEST_SAMPLES_PER_LEAD_MAX",
        "ECG_INGEST_NAME_MAX_CHARACTERS",
        "ECG_INGEST_UNITS_MAX_CHARACTERS",
        "ECG_INGEST_SEGMENTS_MAX",
        "ECG_INGEST_BYTES_PER_DAY",
        "ECG_INGEST_DISK_FREE_BYTES",
        "ECG_INGEST_PUBLISH_SECONDS",
        "ECG_INGEST_CLOCK_SECONDS",
        "ECG_INGEST_KEEP_ALIVE_SECONDS",
        "ECG_INGEST_STOP_SECONDS",
        "ECG_PROCESSOR_HOST",
        "ECG_PROCESSOR_PORT",
        "ECG_PROCESSOR_INSTANCE_ID",
        "ECG_PROCESSOR_BATCH_EVENTS",
        "ECG_PROCESSOR_BUFFER_BYTES",
        "ECG_PROCESSOR_PUBLISH_SECONDS",
        "ECG_PROCESSOR_UNFORESEEN_SECONDS",
        "ECG_PROCESSOR_STALL_SECONDS",
        "ECG_PROCESSOR_OUTSIDE_GROUP_SECONDS",
        "ECG_PROCESSOR_POLL_SECONDS",
        "ECG_QUERY_HOST",
        "ECG_QUERY_PORT",
        "ECG_KEYS_DIR",
        "ECG_AUDIT_DIR",
        "ECG_AUDIT_SPOOL_BYTES",
        "ECG_ADMIN_EMAIL",
        "ECG_ADMIN_PASSWORD",
        "ECG_TOKEN_MINUTES",
        "ECG_DEVICE_TOKEN_DAYS",
        "ECG_WAIT_SECONDS",
        "ECG_WAITERS",
        "ECG_QUERY_REQUESTS_IN_FLIGHT",
        "ECG_PASSWORD_THREADS",
        "ECG_INVITATION_HOURS",
        "ECG_SESSION_DAYS",
        "ECG_WRONG_PASSWORDS_OF_ADDRESS",
        "ECG_PASSWORD_WORDS",
        "ECG_OIDC_ISSUER",
        "ECG_OIDC_CLIENT_ID",
        "ECG_OIDC_CLIENT_SECRET",
        "ECG_OIDC_CA_FILE",
        "ECG_OIDC_SCOPES",
        "ECG_OIDC_REDIRECTS",
        "ECG_OIDC_PARTIES",
        "ECG_OIDC_GROUPS_CLAIM",
        "ECG_OIDC_ADMIN_GROUPS",
        "ECG_OIDC_CLIENT_GROUPS",
        "ECG_OIDC_NEW_USERS",
        "ECG_OIDC_LINK_USERS",
        "ECG_OIDC_TRUST_EMAILS",
        "ECG_OIDC_SESSION_HOURS",
        "ECG_PASSWORDS_OF",
        "ECG_SECRETS_DIR",
    }
)
OF_THE_MACHINE = frozenset(
    {
        "ECG_VAR",
        "ECG_PORTS",
        "ECG_CACHE_DIR",
        "ECG_JAVA",
        "ECG_ACCOUNTS_FILE",
        "ECG_KAFKA_REPLICATION",
        "ECG_CASSANDRA_REPLICATION",
        "ECG_KAFKA_FLUSH_MESSAGES",
        "ECG_PORT",
        "ECG_FRONT_PROXIES",
        "ECG_TLS_ADDRESS",
        "ECG_TLS_PORT",
        "ECG_TLS_FOLDER",
        "ECG_TLS_HOSTS",
        "ECG_KAFKA_PORT",
        "ECG_TEST_ENGINES",
        "ECG_TEST_DATA",
    }
)
OF_CALLERS = frozenset(
    {
        "ECG_INGEST",
        "ECG_QUERY",
        "ECG_RETRY_SECONDS",
        "ECG_TOKEN",
        "ECG_EMAIL",
        "ECG_PASSWORD",
        "ECG_INVITATION",
    }
)
_REPLACED = {"ECG_INGEST_BODY_SECONDS": "ECG_BODY_SECONDS"}
_ALL = OF_SERVICES | OF_THE_MACHINE | OF_CALLERS


def unknown(names: Iterable[str]) -> Iterator[str]:
    """A sentence for each name that looks like a setting and is none. It has the name and never a value."""
    for name in sorted(names):
        if name.startswith(PREFIX) and name not in _ALL:
            near = [_REPLACED[name]] if name in _REPLACED else difflib.get_close_matches(name, _ALL, 1, _NEAR)
            yield f"{name} is no setting: nobody reads it" + (f"; did you mean {near[0]}?" if near else "")
