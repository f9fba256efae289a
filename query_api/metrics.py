"""What the query API counts, beside the HTTP metrics that every service has."""

from prometheus_client import Counter, Gauge

LOGINS = Counter("ecg_query_logins_total", "Attempts to sign in.", ["outcome"])
WAITING = Gauge("ecg_query_waiting", "Requests that wait for an insight.")
WAITS = Counter(
    "ecg_query_waits_total",
    "Waits that ended: woken by an insight event, found by reading, or in vain.",
    ["outcome"],
)
EVENTS = Counter("ecg_query_insight_events_total", "Insight events seen in the topic's tail.")
IDENTITY_PUBLISHED = Gauge("ecg_query_identity_published", "1 when Kafka has the public keys, and no other.")
KEYS_WITHDRAWN = Counter(
    "ecg_query_keys_withdrawn_total", "Keys withdrawn for all because the folder does not hold them."
)
OTHER_KEY_FOLDERS = Gauge(
    "ecg_query_other_key_folders", "Other folders of keys in use; all copies should share one, so 0."
)
DEVICES = Counter(
    "ecg_query_devices_total", "Devices that were issued a token, paired, or revoked.", ["what"]
)
REVOCATIONS_UNPUBLISHED = Gauge(
    "ecg_query_revocations_unpublished",
    "Revocations that Kafka does not have yet; above 0 for seconds at most.",
)
USERS_LOST = Counter(
    "ecg_query_users_lost_total", "Times that the users' tables, or the first admin, were gone."
)
FIRST_ADMIN_REFUSED = Gauge(
    "ecg_query_first_admin_refused",
    "1 while the address of the first admin is a client's, who is not made one.",
)
REFRESHES = Counter(
    "ecg_query_refreshes_total",
    "Refresh tokens that were traded, refused, or found in two hands.",
    ["outcome"],
)
AUDIT_ENTRIES = Counter("ecg_query_audit_entries_total", "Entries of the audit trail.", ["action", "outcome"])
AUDIT_LOST = Counter("ecg_query_audit_lost_total", "Entries of the audit trail that there was no room for.")
AUDIT_SPOOL_BYTES = Gauge(
    "ecg_query_audit_spool_bytes", "Bytes of the audit trail on disk, not yet with every engine."
)
AUDIT_DISK = Gauge("ecg_query_audit_disk", "1 when the disk takes the audit trail.")
AUDIT_WAITING = Gauge(
    "ecg_query_audit_blocks_waiting", "Blocks of the audit trail that an engine has yet to take.", ["engine"]
)
PROVIDER_CALLS = Counter(
    "ecg_query_provider_calls_total",
    "Questions to the provider of sign-ins: answered, failed, or refused as too many were under way.",
    ["outcome"],
)
PROVIDER_LOGINS = Counter(
    "ecg_query_provider_logins_total",
    "Attempts to sign in by the provider: granted, refused, or the provider was away.",
    ["outcome"],
)
