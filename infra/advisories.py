"""`make advisories`: which locked package or jar has a weakness that is known, by advisories in a folder.

It needs no network: the folder has the advisories of OSV (osv.dev) for each ecosystem, `PyPI.zip` and `Maven.zip`, as
`.ci/weekly` fetches them, or somebody carries them in. Told rather once too often: of a version the numbers alone are
compared, and a jar goes by its name without its group, as the lock has none.
"""

import argparse
import json
import re
import sys
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.engines.jars import LOCK as JARS_LOCK
from infra.paths import REPOSITORY, var_dir
from infra.sbom import PYTHON_LOCK, bom

# By what is an advisory let pass, and why: "GHSA-… because …", a line each.
ACCEPTED = REPOSITORY / "locks" / "accepted.txt"
ECOSYSTEMS = ("PyPI", "Maven")
_NUMBERS = re.compile(r"\d+(?:\.\d+)*")

# By ecosystem and name, the versions that are locked: the two engines have jars of one name.
Locked = Mapping[tuple[str, str], Set[str]]


@dataclass(frozen=True, slots=True)
class Weakness:
    """What an advisory says of something locked. `mended`: in which versions it is not there any more, if in any."""

    name: str
    version: str
    advisory: str
    mended: tuple[str, ...]

    def __str__(self) -> str:
        mended = f"mended in {', '.join(self.mended)}" if self.mended else "not mended yet"
        return f"{self.name} {self.version}: {self.advisory}, {mended}"


def locked(python_lock: str, jars_lock: str) -> Locked:
    """What these locks hold."""
    found = defaultdict(set)
    for component in bom(python_lock, jars_lock).components:
        found["PyPI" if component.purl else "Maven", component.name].add(str(component.version))
    return found


def weaknesses(held: Locked, archive: Path) -> Iterator[Weakness]:
    """What the advisories of an archive say of what is held."""
    with zipfile.ZipFile(archive) as opened:
        for name in opened.namelist():
            told = json.loads(opened.read(name))
            if "withdrawn" not in told:
                yield from _of(told, held)


def _of(told: Mapping[str, Any], held: Locked) -> Iterator[Weakness]:
    for affected in told.get("affected", ()):
        package = affected.get("package", {})
        ecosystem, name = package.get("ecosystem", ""), package.get("name", "")
        name = name.rpartition(":")[2] if ecosystem == "Maven" else re.sub(r"[-_.]+", "-", name).lower()
        ids = [told["id"], *(alias for alias in told.get("aliases", ()) if alias.startswith("CVE-"))]
        fixes = tuple(event["fixed"] for event in _events(affected) if "fixed" in event)
        for version in held.get((ecosystem, name), ()):
            if _is_affected(version, affected):
                yield Weakness(name, version, "/".join(ids), fixes)


def _is_affected(version: str, affected: Mapping[str, Any]) -> bool:
    return version in affected.get("versions", ()) or any(
        _is_within(_numbers(version), told["events"]) for told in _ranges(affected)
    )


def _is_within(version: tuple[int, ...], events: list[Mapping[str, str]]) -> bool:
    within = False
    for event in sorted(events, key=lambda event: _numbers(next(iter(event.values())))):
        ((kind, at),) = event.items()
        if kind == "introduced" and version >= _numbers(at):
            within = True
        elif (kind == "fixed" and version >= _numbers(at)) or (
            kind == "last_affected" and version > _numbers(at)
        ):
            within = False
    return within


def _ranges(affected: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    return (told for told in affected.get("ranges", ()) if told["type"] in {"ECOSYSTEM", "SEMVER"})


def _events(affected: Mapping[str, Any]) -> Iterator[Mapping[str, str]]:
    return (event for told in _ranges(affected) for event in told["events"])


def _numbers(version: str) -> tuple[int, ...]:
    found = _NUMBERS.match(version.removeprefix("v"))
    numbers = [int(one) for one in found[0].split(".")] if found else []
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


def unaccepted(found: list[Weakness], accepted: str) -> list[str]:
    """A sentence for each weakness that is not accepted, and for each line that accepts what is not there any more."""
    ids = {line.split()[0] for line in accepted.splitlines() if line.strip() and not line.startswith("#")}
    of = {one: set(one.advisory.split("/")) for one in found}
    told = sorted({str(one) for one in found if not of[one] & ids})
    stale = sorted(ids.difference(*of.values()))
    return told + [f"{one} is accepted, and nothing has it any more" for one in stale]


def main() -> None:
    """The command: 1 where anything is to be done."""
    parser = argparse.ArgumentParser(prog="python -m infra.advisories", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=var_dir() / "advisories")
    folder = parser.parse_args().folder
    held = locked(PYTHON_LOCK.read_text(), JARS_LOCK.read_text())
    missing = [name for name in ECOSYSTEMS if not (folder / f"{name}.zip").is_file()]
    if missing:
        sys.exit(f"There are no advisories of {' and '.join(missing)} in {folder}: see .ci/weekly.")
    found = [one for name in ECOSYSTEMS for one in weaknesses(held, folder / f"{name}.zip")]
    sentences = unaccepted(found, ACCEPTED.read_text())
    print("\n".join(sentences) or f"{len(held)} packages and jars, and no weakness that is not accepted.")
    sys.exit(bool(sentences))


if __name__ == "__main__":
    main()
