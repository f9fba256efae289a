"""What was measured: figures by name, each with its rounds, and on what."""

import json
import platform
import statistics
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

import psutil

from infra.paths import REPOSITORY

SHOWN_PACKAGES = (
    "aiokafka",
    "cassandra-driver",
    "fastapi",
    "faust-streaming",
    "msgspec",
    "numpy",
    "pyarrow",
    "uvicorn",
    "uvloop",
)


@dataclass(slots=True)
class Figure:
    """One measured thing, once a round."""

    unit: str
    rounds: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """The median of the rounds."""
        return statistics.median(self.rounds)


class Results:
    """Figures by name: the point, the case, the subject (`ours`, `floor`, `reference`) and what was measured."""

    def __init__(self, about: dict[str, Any] | None = None) -> None:
        self.about = about or {}
        self.figures: dict[str, Figure] = {}

    def add(self, name: str, unit: str, value: float) -> None:
        """Add one round's value."""
        self.figures.setdefault(name, Figure(unit)).rounds.append(value)

    def median(self, name: str) -> float | None:
        """The median of a figure; None where it was not measured."""
        return self.figures[name].median if name in self.figures else None

    def ratio(self, name: str, to: str) -> float | None:
        """The median, over rounds, of a figure to another one of the same round.

        None where one is missing, or was not taken in each round of the other, or is 0.
        """
        if name not in self.figures or to not in self.figures:
            return None
        ones, others = self.figures[name].rounds, self.figures[to].rounds
        if len(ones) != len(others) or not all(others):
            return None
        return statistics.median(one / other for one, other in zip(ones, others, strict=True))

    def write(self, path: Path) -> None:
        """Write all as JSON."""
        figures = {
            name: {"unit": one.unit, "median": one.median, "rounds": one.rounds}
            for name, one in sorted(self.figures.items())
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"about": self.about, "figures": figures}, indent=1) + "\n")

    @classmethod
    def read(cls, path: Path) -> Self:
        """What `write` wrote."""
        raw = json.loads(path.read_text())
        results = cls(raw["about"])
        results.figures = {name: Figure(one["unit"], one["rounds"]) for name, one in raw["figures"].items()}
        return results


def about(scale: str) -> dict[str, Any]:
    """The machine, the versions, the commit and the time."""
    commit = _output("git", "rev-parse", "--short=12", "HEAD")
    changed = _output("git", "status", "--porcelain", "--untracked-files=no")
    return {
        "scale": scale,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": f"{commit} and changes" if changed else commit,
        "machine": {
            "system": f"{platform.system()} {platform.machine()}",
            "cpu": _cpu(),
            "cores": psutil.cpu_count(),
            "memory_gb": round(psutil.virtual_memory().total / 1e9),
        },
        "versions": {"python": platform.python_version()}
        | {package: version(package) for package in SHOWN_PACKAGES},
    }


def _cpu() -> str:
    told = Path("/proc/cpuinfo")
    if told.exists():
        for line in told.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()


def _output(*command: str) -> str:
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)  # noqa: S603
    return done.stdout.strip()
