"""How uploads have to be answered while Kafka is away, whatever took it away."""

from faults.scene import Scene

# The ingest API gives Kafka 10 s, and a new connection 1 s; the rest is for a machine that does other things as well.
ANSWER_LIMIT_SECONDS = 16.0


def must_be_bounded(scene: Scene, *, since: float) -> None:
    """Every upload since then was answered in bounded time: 202, or 503 with the seconds to wait."""
    attempts = [one for one in scene.ledger.attempts if one.began + one.seconds > since]
    slowest = max((one.seconds for one in attempts), default=0.0)
    scene.must(slowest < ANSWER_LIMIT_SECONDS, f"an answer took {slowest:.1f} s")
    refused = [one for one in attempts if one.answer == "refused"]
    scene.must(bool(refused), "no upload met the fault")
    scene.must({one.status for one in refused} <= {503, 429}, "refused with another status than 503 or 429")
    scene.must(all(one.retry_after is not None for one in refused), "refused without a Retry-After")
    unknown = sum(1 for one in attempts if one.answer == "unknown")
    scene.must(unknown == 0, f"{unknown} uploads got no answer")
