"""Latency: from POST to having read the insight, at five uploads a second and at half of what is kept up with.

And from a kill of the processor to the insight of what was sent right after it.
"""

import time
from http.client import OK

from benchmarks.bench import Bench
from benchmarks.load.posting import PATH
from benchmarks.payloads import payload
from benchmarks.points.pipeline import SAMPLES, SUSTAINED
from harness.running import until

CALM_RATE = 5.0
# Where the pipeline was not measured before.
USUAL_SUSTAINED = 300.0
FOLLOWED_A_SECOND = 20.0
WAYS = ("plain", "long_poll")
# The supervisor starts a program that ends again within this time more slowly.
STEADY_SECONDS = 31.0


def measure(bench: Bench) -> None:
    """Measure."""
    bench.sign_in()
    bench.settle()
    half = (bench.results.median(SUSTAINED) or USUAL_SUSTAINED) / 2
    for number in range(bench.scale.rounds):
        bench.say(f"latency, round {number + 1} of {bench.scale.rounds}")
        steady = time.monotonic() + STEADY_SECONDS
        for pace, rate in (("calm", CALM_RATE), ("half", half)):
            for way in WAYS:
                follow(bench, f"latency/{pace}/{way}", rate, f"{pace}-{way}-{number}", way)
        bench.settle()
        time.sleep(max(0.0, steady - time.monotonic()))
        killed(bench, number)


def follow(bench: Bench, name: str, rate: float, prefix: str, way: str) -> None:
    """One load."""
    found = bench.load(
        "following",
        url=bench.system.ingest_url,
        tokens=bench.tokens,
        rate=rate,
        followed=min(rate, FOLLOWED_A_SECOND),
        seconds=bench.scale.followed_seconds,
        format="json",
        samples=SAMPLES,
        prefix=prefix,
        long_poll=way == "long_poll",
    )
    for what in ("p50_ms", "p99_ms"):
        bench.results.add(f"{name}/{what}", "ms", found[what])


def killed(bench: Bench, number: int) -> None:
    """From the kill to the insight of an upload that was sent right after it."""
    user, sent, ecg_id = bench.users[0], payload("json", SAMPLES), f"killed-{number}"
    body = b"".join(sent.body(ecg_id))
    old = bench.system.kill("stream_processor")
    began = time.perf_counter()
    answer = bench.system.http.post(
        bench.system.ingest_url + PATH,
        headers={**user.headers, **dict(sent.headers_for(ecg_id))},
        content=body,
    )
    where = answer.raise_for_status().headers["Location"]
    until(lambda: bench.system.http.get(where, headers=user.headers).status_code == OK, "the insight")
    bench.results.add("latency/killed/seconds", "s", time.perf_counter() - began)
    until(lambda: bench.system.pid("stream_processor") != old, "another processor")
