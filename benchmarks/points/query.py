"""Query: reads of one insight, of a page, and sign-ins, by connections and by how much is stored.

One insight is read as the `Location` of an upload leads to it, with a receipt. The floor reads the same rows. Which
ECG is read is even chance over all that is stored.
"""

from benchmarks.bench import Bench, serving
from benchmarks.load.storing import CONTENT_HASH
from schemas.receipts import Receipt, encode_receipt

# As of an upload of what is stored. Its topic never was, which is not looked into where the answer is there.
_RECEIPT = encode_receipt(Receipt("an-id-as-kafka-s-uuids", 15, 1_000_000, CONTENT_HASH))
PATHS = {
    "one": f"/v1/ecgs/stored-{{ecg}}/insights?receipt={_RECEIPT}",
    "page": "/v1/ecgs?limit=50",
    "login": "/v1/token",
}
FLOOR_PATH = "/{owner}/stored-{ecg}"
COMPARED_CONNECTIONS = 8
WARM_UP_SECONDS = 1.0


def measure(bench: Bench) -> None:
    """Measure, at each size of the store."""
    bench.sign_in()
    stored = 0
    with serving("benchmarks.floors.query", bench.cassandra, "ecg") as floor:
        for size in bench.scale.stored:
            bench.say(f"query: storing up to {size:,} insights")
            of_each = size // len(bench.users)
            bench.load(
                "storing",
                cassandra=bench.cassandra,
                owners=[user.id for user in bench.users],
                first=stored,
                last=of_each,
            )
            stored = of_each
            at(bench, floor, size, of_each)


def at(bench: Bench, floor: tuple[int, str], size: int, of_each: int) -> None:
    """Measure with so much stored."""
    ours = (bench.system.pid("query_api"), bench.system.query_url)
    for subject, path in ((ours, PATHS["one"]), (floor, FLOOR_PATH)):
        get(bench, subject, path, COMPARED_CONNECTIONS, of_each, WARM_UP_SECONDS)
    for number in range(bench.scale.rounds):
        bench.say(f"query, round {number + 1} of {bench.scale.rounds}, {size:,} stored")
        for what, path in PATHS.items():
            if what == "login" and size != bench.scale.stored[0]:
                continue
            for connections in bench.scale.connections:
                found = get(bench, ours, path, connections, of_each, bench.scale.load_seconds)
                add(bench, f"query/{what}/{size}/{connections}/ours", found)
                if what == "one" and connections == COMPARED_CONNECTIONS:
                    found = get(bench, floor, FLOOR_PATH, connections, of_each, bench.scale.load_seconds)
                    add(bench, f"query/{what}/{size}/{connections}/floor", found)


def add(bench: Bench, name: str, found: dict[str, tuple[str, float]]) -> None:
    """Keep what was found."""
    for what, (unit, value) in found.items():
        bench.results.add(f"{name}/{what}", unit, value)


def get(
    bench: Bench, subject: tuple[int, str], path: str, connections: int, of_each: int, seconds: float
) -> dict[str, tuple[str, float]]:
    """One load on one subject: what was found, each with its unit."""
    pid, url = subject
    login = path == PATHS["login"]
    found, used = bench.watched_load(
        {"process": pid, **bench.pids("cassandra")},
        "getting",
        url=url,
        path=path,
        connections=connections,
        seconds=seconds,
        people=[
            {"email": user.email, "password": user.password}
            if login
            else {"id": user.id, "token": user.token}
            for user in bench.users
        ],
        ecgs_of_each=of_each,
    )
    return {
        "rate": ("1/s", found["rate"]),
        "p50_ms": ("ms", found["p50_ms"]),
        "p99_ms": ("ms", found["p99_ms"]),
        "cpu_ms": ("ms", 1000 * used["process"].cpu_seconds / found["count"]),
        "cassandra_cpu_ms": ("ms", 1000 * used["cassandra"].cpu_seconds / found["count"]),
    }
