"""`make sbom`: what the system is made of, as a CycloneDX document (ECMA-424), from the locks and from nothing else.

Every Python package of the services and every jar of the engines, each with the SHA-256 of its files: exactly what
`make setup` and the image install. Where a service of known vulnerabilities can be reached, its scanner reads this.
"""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from infra.engines.jars import LOCK as JARS_LOCK
from infra.paths import REPOSITORY, var_dir

PYTHON_LOCK = REPOSITORY / "locks" / "runtime.txt"
_PINNED = re.compile(
    r"^([a-z0-9][a-z0-9._-]*)(?:\[[^\]]*\])?==([^ ;\\]+)(.*?)(?=^[a-z0-9]|\Z)", re.MULTILINE | re.DOTALL
)
_SHA256 = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_JAR = re.compile(r"^([0-9a-f]{64})  ((?:kafka|cassandra)/(.+?)-(\d[^/]*)\.jar)$", re.MULTILINE)


def bom(python_lock: str, jars_lock: str) -> Bom:
    """The document of these locks."""
    made = Bom(components=[*_packages(python_lock), *_jars(jars_lock)])
    whole = Component(name="ecg-insights", type=ComponentType.APPLICATION, bom_ref="ecg-insights")
    made.metadata.component = whole
    made.register_dependency(whole, made.components)
    return made


def _packages(lock: str) -> Iterator[Component]:
    for name, version, rest in _PINNED.findall(lock):
        hashes = [HashType(alg=HashAlgorithm.SHA_256, content=found) for found in _SHA256.findall(rest)]
        purl = PackageURL("pypi", name=name, version=version)
        yield Component(name=name, version=version, purl=purl, bom_ref=str(purl), hashes=hashes)


def _jars(lock: str) -> Iterator[Component]:
    # The lock has no groups, by which Maven's purls go.
    for digest, path, name, version in _JAR.findall(lock):
        hashes = [HashType(alg=HashAlgorithm.SHA_256, content=digest)]
        yield Component(name=name, version=version, bom_ref=path, hashes=hashes)


def main() -> None:
    """Write the document."""
    parser = argparse.ArgumentParser(
        prog="python -m infra.sbom", description="A CycloneDX SBOM of the locks."
    )
    parser.add_argument("file", nargs="?", type=Path, default=var_dir() / "sbom.cdx.json")
    file = parser.parse_args().file
    made = bom(PYTHON_LOCK.read_text(), JARS_LOCK.read_text())
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(JsonV1Dot6(made).output_as_string(indent=1) + "\n")
    print(f"{file}: {len(made.components)} components")


if __name__ == "__main__":
    main()
