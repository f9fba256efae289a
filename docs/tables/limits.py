"""The limits that the APIs hold their callers to, with the settings that change them."""

import ingest_api.settings
import query_api.settings
from formats.json.signals import max_skeleton_bytes
from schemas.problems import MAX_ERRORS_LISTED
from service_kit.http.decompression import ALWAYS_TAKEN_BYTES, MOST_TIMES
from service_kit.http.pace import STALL_SECONDS
from service_kit.http.server.connections import DISCARDED_MAX_BYTES
from service_kit.http.server.heads import HEAD_MAX_BYTES

# What is limited, and the setting by its name in the code.
_SET = (
    ("bytes of an upload's body", "ingest_body_max_bytes"),
    ("seconds that a body may take to arrive", "body_seconds"),
    ("seconds that the headers of a request may take to arrive", "head_seconds"),
    ("seconds that an answer may take to be read", "answer_seconds"),
    ("connections to one process, of one address as many as are free", "connections"),
    ("leads of an upload", "ingest_leads_max"),
    ("samples of a lead", "ingest_samples_per_lead_max"),
    ("characters of a lead's name", "ingest_name_max_characters"),
    ("characters of a unit's name", "ingest_units_max_characters"),
    ("events of at most 1 MiB that an upload may become", "ingest_segments_max"),
    ("bytes of events of one user in a day, at one process", "ingest_bytes_per_day"),
    ("bytes free on each disk of Kafka's, below it 503", "ingest_disk_free_bytes"),
    ("seconds that Kafka may take to confirm an upload, then 503", "ingest_publish_seconds"),
    ("requests of one user in a second at one process, on average over ten seconds", "requests_per_second"),
    (
        "uploads under way at once in one process, of one user as many as are free",
        "ingest_requests_in_flight",
    ),
    ("bytes of their bodies, of one user as many as are free", "ingest_bytes_in_flight"),
    (
        "requests under way at once in one process of the query API, of one user as many as are free",
        "query_requests_in_flight",
    ),
    ("minutes that an access token lives", "token_minutes"),
    ("seconds granted to `Prefer: wait=`", "wait_seconds"),
    (
        "requests that wait at once, of one user as many as are free; those beyond are answered as things stand",
        "waiters",
    ),
)
_FIXED = (
    (
        f"times its bytes that a compressed body may hold, beyond {ALWAYS_TAKEN_BYTES:,} bytes",
        str(MOST_TIMES),
    ),
    ("items of a page (`limit`), 50 unless asked for", "200"),
    ("characters of an ECG's `id`", "128"),
    ("characters of an `Idempotency-Key`", "255"),
    ("seconds that a body may stand still at first", f"{STALL_SECONDS:g}"),
    (
        "bytes of a body that are read on behind an answer that did not wait for it",
        f"{DISCARDED_MAX_BYTES:,}",
    ),
    ("bytes of a request line with all its headers", f"{HEAD_MAX_BYTES:,}"),
    ("errors listed in one answer; the total is told beside them", str(MAX_ERRORS_LISTED)),
    ("bytes of JSON beside the signals of 1,024 leads", f"{max_skeleton_bytes(1_024):,}"),
    ("bytes of a sign-in form", "8,192"),
    ("bytes of another body about users", "4,096"),
)


def limits() -> str:
    """The table in Markdown."""
    fields = ingest_api.settings.Settings.model_fields | query_api.settings.Settings.model_fields
    rows = [(what, _number(fields[name].default), f"`ECG_{name.upper()}`") for what, name in _SET]
    rows += [(what, number, "") for what, number in _FIXED]
    lines = [("at most", "by default", "setting"), ("---", "---:", "---"), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def _number(value: float) -> str:
    return f"{value:,}".removesuffix(".0")
