"""``/metrics`` at an address of its own, which operators alone reach, in the place of the one beside the routes."""

from prometheus_client import start_http_server


def serve_metrics(address: str) -> None:
    """Serve at "host:port" for the life of the process, in a thread. Raises OSError where nobody can listen there."""
    host, _, port = address.rpartition(":")
    start_http_server(int(port), host)
