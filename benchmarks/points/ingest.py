"""Ingest: POST/s, latency and CPU an ECG, by connections, sizes and formats. The processor and its work are stopped.

The floor takes the same bodies (but compressed ones, and those that one record cannot hold), the reference the JSON.
"""

from benchmarks.bench import FLOOR_UPLOADED, Bench, database_file, make_floor_topics, serving
from schemas.topics import UPLOADED

WARM_UP_SECONDS = 2.0
# At each number of connections a floor or the reference would tell the same.
COMPARED_CONNECTIONS = 8
COMPARED_SAMPLES = 5_000
# The floor does not cut a recording into records, and 12 x 50,000 are more than one may have.
FLOOR_MOST_SAMPLES = 5_000
# Samples a lead that may be on the way in all: of more the ingest API would put some off, for the bytes they hold.
MOST_SAMPLES_AT_ONCE = 8 * 50_000


def measure(bench: Bench) -> None:
    """Measure."""
    bench.system.stop("stream_processor")
    bench.sign_in()
    make_floor_topics(bench.kafka)
    file = database_file(bench.system.var)
    with (
        serving("benchmarks.floors.ingest", bench.kafka, FLOOR_UPLOADED, UPLOADED.partitions) as floor,
        serving("benchmarks.reference", file) as reference,
    ):
        subjects = {
            "ours": (bench.system.pid("ingest_api"), bench.system.ingest_url),
            "floor": floor,
            "reference": reference,
        }
        for subject in subjects:
            post(
                bench,
                subjects,
                subject,
                "json",
                COMPARED_SAMPLES,
                COMPARED_CONNECTIONS,
                "warm",
                WARM_UP_SECONDS,
            )
        for number in range(bench.scale.rounds):
            bench.say(f"ingest, round {number + 1} of {bench.scale.rounds}")
            for subject, form, samples, connections in cases(bench):
                prefix = f"{form}-{samples}-{connections}-{number}"
                seconds = bench.scale.load_seconds
                found = post(bench, subjects, subject, form, samples, connections, prefix, seconds)
                name = f"ingest/{form}/{samples}/{connections}/{subject}"
                for what, unit, value in found:
                    bench.results.add(f"{name}/{what}", unit, value)


def cases(bench: Bench) -> list[tuple[str, str, int, int]]:
    """Subject, format, samples a lead and connections of all that is measured, in their order."""
    found = []
    for samples in bench.scale.sizes:
        for form in bench.scale.formats:
            for connections in bench.scale.connections:
                if connections * samples > MOST_SAMPLES_AT_ONCE:
                    continue
                found.append(("ours", form, samples, connections))
                if connections != COMPARED_CONNECTIONS:
                    continue
                if form != "gzip" and samples <= FLOOR_MOST_SAMPLES:
                    found.append(("floor", form, samples, connections))
                if form == "json" and samples == COMPARED_SAMPLES:
                    found.append(("reference", form, samples, connections))
    return found


def post(
    bench: Bench,
    subjects: dict[str, tuple[int, str]],
    subject: str,
    form: str,
    samples: int,
    connections: int,
    prefix: str,
    seconds: float,
) -> list[tuple[str, str, float]]:
    """One load on one subject: what was found, each with its unit."""
    pid, url = subjects[subject]
    found, used = bench.watched_load(
        {"process": pid, **bench.pids("kafka")},
        "posting",
        url=url,
        tokens=bench.tokens if subject == "ours" else [None],
        connections=connections,
        seconds=seconds,
        format=form,
        samples=samples,
        prefix=prefix,
    )
    return [
        ("rate", "ECG/s", found["rate"]),
        ("p50_ms", "ms", found["p50_ms"]),
        ("p99_ms", "ms", found["p99_ms"]),
        ("cpu_ms", "ms/ECG", 1000 * used["process"].cpu_seconds / found["count"]),
        ("kafka_cpu_ms", "ms/ECG", 1000 * used["kafka"].cpu_seconds / found["count"]),
        ("peak_mb", "MB", used["process"].peak_megabytes),
    ]
