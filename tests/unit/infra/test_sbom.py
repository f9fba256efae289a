"""The SBOM has everything that the locks have, each with what it is checked by."""

import json

from cyclonedx.output.json import JsonV1Dot6

from infra.engines.jars import LOCK as JARS_LOCK
from infra.sbom import PYTHON_LOCK, bom


def test_every_package_and_every_jar_is_in_it_with_its_hashes() -> None:
    python, jars = PYTHON_LOCK.read_text(), JARS_LOCK.read_text()
    made = bom(python, jars)
    told = json.loads(JsonV1Dot6(made).output_as_string())
    assert told["specVersion"] == "1.6"
    names = {component["name"]: component for component in told["components"]}
    assert names["faust-streaming"]["purl"] == "pkg:pypi/faust-streaming@0.15.3"
    assert names["cassandra-all"]["version"].startswith("5.0.")
    assert all(component["hashes"] for component in told["components"])

    pinned = [line for line in python.splitlines() if line[:1].isalnum()]
    of_python = [component for component in told["components"] if "purl" in component]
    assert len(of_python) == len(pinned)
    assert sum(len(component["hashes"]) for component in of_python) == python.count("--hash=sha256:")
    of_java = [component for component in told["components"] if "purl" not in component]
    assert sorted(hash_["content"] for component in of_java for hash_ in component["hashes"]) == sorted(
        line.split()[0] for line in jars.splitlines()
    )
