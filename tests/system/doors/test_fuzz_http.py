"""Both running APIs by their documents: no failure, nothing that is not described, no schema looser than its rule."""

from pathlib import Path

import pytest

from fuzz import http
from harness.running import System

# Of each operation, beside those that schemathesis derives from each constraint. `make fuzz` tries more, and chains of
# requests.
EXAMPLES = 5
OPTIONS = (
    "--seed",
    "1",
    "--max-examples",
    str(EXAMPLES),
    "--phases",
    "examples,coverage,fuzzing",
    "--no-shrink",
)


@pytest.mark.parametrize(("api", "who"), http.DOORS)
def test_an_api_does_as_its_document_says(system: System, tmp_path: Path, api: str, who: http.Who) -> None:
    found = http.run(system, api, who, tmp_path, *OPTIONS)
    assert found.sound, found.said
    assert found.requests > 100
