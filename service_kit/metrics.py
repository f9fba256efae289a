"""Metrics of HTTP, the same in every service. Each service names its own in its own `metrics.py`."""

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Counter(
    "ecg_http_requests_total", "Requests answered, by route as it is declared.", ["method", "route", "status"]
)
REQUEST_SECONDS = Histogram(
    "ecg_http_request_seconds",
    "From the request's headers to the end of its answer.",
    ["method", "route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
IN_FLIGHT = Gauge("ecg_http_requests_in_flight", "Requests being answered.")
BYTES_IN_FLIGHT = Gauge("ecg_http_bytes_in_flight", "Bytes of bodies in memory, as sent or as unpacked.")
UNSEALED = Counter(
    "ecg_identity_unsealed_total",
    "Records of ecg.identity.v1 passed over: the root of trust has not signed them.",
)
TOKENS_REFUSED = Counter(
    "ecg_tokens_refused_total",
    "Tokens refused: expired or not_yet_valid by this host's clock, too_long, unknown_key, revoked, else invalid.",
    ["reason"],
)
