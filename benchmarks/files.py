"""``python -m benchmarks.files FILE …``: what it takes to read each, as rows of docs/formats.md.

CPU is that of this process for one reading, the median of many; bytes in the event are those of all of its events.
"""

import statistics
import sys
import time
from pathlib import Path
from uuid import UUID

from docs.tables.markdown import table
from formats.decoders import UNTOLD, decoders
from formats.rules import Limits
from ingest_api.preparing import Order, prepare

_LIMITS = Limits(
    leads=1_024, samples_per_lead=4_000_000, name_characters=64, units_characters=32, segments=256
)
_TIMES = 21
_DECODE = decoders(_LIMITS)[UNTOLD]
_ORDER = Order(UNTOLD, "identity", UUID(int=1), None, f"00-{'1' * 32}-{'2' * 16}-01")


def main() -> None:
    """The command."""
    rows = [_row(Path(name)) for name in sys.argv[1:]]
    print(table(("file", "leads", "samples", "bytes", "bytes in events", "CPU, ms"), rows), end="")


def _row(file: Path) -> list[str]:
    content = file.read_bytes()
    seconds = []
    for _ in range(_TIMES):
        body = bytearray(content)
        began = time.process_time()
        ecg = _DECODE(body).ecg
        seconds.append(time.process_time() - began)
    events = sum(len(one.value or b"") for one in prepare(bytearray(content), _DECODE, _ORDER, 0).records)
    milliseconds = statistics.median(seconds) * 1_000
    counts = (len(ecg.leads), ecg.number_of_samples, len(content), events)
    return [file.name, *(f"{count:,}" for count in counts), f"{milliseconds:.1f}"]


if __name__ == "__main__":
    main()
