"""The Prometheus metrics of the stream processor."""

from prometheus_client import Counter, Gauge, Histogram

EVENTS = Counter("ecg_processor_events_total", "Upload events finished, by what became of them.", ["outcome"])
DEAD_LETTERS = Counter("ecg_processor_dead_letters_total", "Upload events put into the dead letters.")
ATTEMPTS_AWAY = Counter(
    "ecg_processor_engine_away_total", "Attempts that an engine did not answer.", ["engine"]
)
BATCH_EVENTS = Histogram(
    "ecg_processor_batch_events", "Events finished together.", buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256)
)
STAGE_SECONDS = Histogram(
    "ecg_processor_stage_seconds",
    "Time of each stage of a batch: measure, store, complete, publish.",
    ["stage"],
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30),
)
LAG = Gauge("ecg_processor_lag_events", "Events in Kafka that this worker has yet to finish.")
PROGRESS_AGE = Gauge(
    "ecg_processor_progress_age_seconds", "Time since a batch was last finished, or since start."
)
MEMBER = Gauge("ecg_processor_group_member", "1 while this worker is a member of its consumer group, else 0.")
WAITING = Gauge(
    "ecg_processor_partitions_waiting", "Partitions that wait for an engine or for the dead letters."
)
STORE_LOST = Counter(
    "ecg_processor_store_lost_total", "Times that the store was found without what had been written to it."
)
LOG_CHANGES = Counter(
    "ecg_processor_log_changes_total",
    "Times that a log was not what it had been: made_again, cut, store_behind.",
    ["kind"],
)
EXPIRED = Counter(
    "ecg_processor_expired_events_total",
    "Upload events that Kafka's retention removed before they were read.",
)
OLDEST_AGE = Gauge(
    "ecg_processor_oldest_unread_seconds", "Age of the oldest upload event that is not finished."
)
RETENTION = Gauge("ecg_processor_retention_seconds", "How long Kafka keeps upload events; 0 where for ever.")
PARTITIONS = Gauge("ecg_processor_partitions", "Partitions that this worker reads.")
