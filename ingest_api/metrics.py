"""What the ingest API counts, beside the HTTP metrics that every service has."""

from prometheus_client import Counter, Gauge, Histogram

ECGS = Counter("ecg_ingest_ecgs_total", "Uploads accepted: Kafka has all of each.")
EVENTS = Counter("ecg_ingest_events_total", "Upload events that Kafka confirmed, segments counted apart.")
BYTES = Counter("ecg_ingest_body_bytes_total", "Bytes of the bodies of accepted uploads.")
CONFLICTS = Counter(
    "ecg_ingest_conflicts_total", "Uploads whose 202 said that another content came first under their id."
)
OVER_QUOTA = Counter(
    "ecg_ingest_over_quota_total", "Uploads refused because their owner had sent a day's share of bytes."
)
REFUSALS_UNCOUNTED = Counter(
    "ecg_ingest_refusals_uncounted_total",
    "Refusals to devices of which too many others had some at that time.",
)
LARGE = Counter("ecg_ingest_large_total", "Uploads that were worked on beside the event loop.")
LARGE_WAITING = Gauge("ecg_ingest_large_waiting", "Large uploads that wait for their turn.")
WORKERS_LOST = Counter(
    "ecg_ingest_workers_lost_total", "Workers for large uploads that ended, hung, or could not be started."
)
KEYS_READ = Gauge("ecg_ingest_keys_read", "1 when the public keys have been read to their end.")
CLOCK_DIFFERENCE = Gauge(
    "ecg_ingest_clock_difference_seconds",
    "Seconds that this host's clock is ahead of Kafka's, at least; NaN before the first upload.",
)
KAFKA_DISK_FREE = Gauge(
    "ecg_ingest_kafka_disk_free_bytes",
    "Bytes free on the fullest disk of Kafka's; NaN where it is not known.",
)
KEYS = Gauge("ecg_ingest_keys", "Public keys that tokens are believed by.")
REVOCATIONS = Gauge("ecg_ingest_revocations", "Devices, sessions and users whose tokens are looked at twice.")

_SECONDS = Histogram(
    "ecg_ingest_stage_seconds",
    "Of an accepted upload: reading its body, decoding it, encoding its events, Kafka's confirmation.",
    ["stage"],
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
# Looked up once: four look-ups an upload would cost more than what they measure.
READ, DECODE, ENCODE, PUBLISH = (_SECONDS.labels(stage) for stage in ("read", "decode", "encode", "publish"))


def took(decode_seconds: float, encode_seconds: float) -> None:
    """Count what the work on an accepted upload took."""
    DECODE.observe(decode_seconds)
    ENCODE.observe(encode_seconds)
