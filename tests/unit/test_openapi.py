"""The committed OpenAPI documents are those of the code, and their examples are as their schemas say."""

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from docs.openapi.__main__ import FOLDER, rendered
from ingest_api import examples
from tests.readme import README

DOCUMENTS: dict[str, dict[str, Any]] = {name: json.loads(text) for name, text in rendered().items()}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_committed_document_is_that_of_this_code(name: str) -> None:
    committed = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    assert committed == DOCUMENTS[name], "run python -m docs.openapi"


def contents(node: Any, place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every media type object below `node` that has an example, and where it stands."""
    if isinstance(node, dict):
        if "schema" in node and "example" in node:
            yield place, node
        for name, child in node.items():
            yield from contents(child, f"{place} {name}")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_example_is_as_its_schema_says(name: str) -> None:
    document = DOCUMENTS[name]
    found = dict(contents(document["paths"], ""))
    assert found
    for place, content in found.items():
        schema = content["schema"] | {"components": document["components"]}
        broken = list(jsonschema.Draft202012Validator(schema).iter_errors(content["example"]))
        assert not broken, place


def test_the_upload_of_the_page_is_no_conflict_of_one_in_the_readme() -> None:
    given = re.findall(r"""["']id["']: ["']([^"']+)""", README)
    assert len(given) == len(set(given))
    assert examples.UPLOAD["id"] not in given


def test_every_operation_has_a_name_of_its_own() -> None:
    for document in DOCUMENTS.values():
        operations = [operation for path in document["paths"].values() for operation in path.values()]
        ids = [operation["operationId"] for operation in operations]
        assert len(ids) == len(set(ids))
        assert all(operation["summary"] for operation in operations)


def test_no_schema_means_one_thing_here_and_another_there() -> None:
    ingest, query = (DOCUMENTS[name]["components"]["schemas"] for name in ("ingest.json", "query.json"))
    assert [name for name in ingest if name in query and ingest[name] != query[name]] == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_route_that_takes_a_token_says_what_is_wrong_with_none_and_with_two(name: str) -> None:
    for path in DOCUMENTS[name]["paths"].values():
        for operation in path.values():
            assert "security" not in operation or {"400", "401"} <= operation["responses"].keys()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_parameter_is_null_which_no_url_can_say(name: str) -> None:
    for path in DOCUMENTS[name]["paths"].values():
        for operation in path.values():
            assert "null" not in json.dumps([one["schema"] for one in operation.get("parameters", ())])


@pytest.mark.parametrize(
    ("member", "value"), [("adc_gain", 0), ("sampling_frequency", 0), ("leads", []), ("units", "u" * 33)]
)
def test_the_schema_of_an_upload_is_no_looser_than_its_rules(member: str, value: object) -> None:
    schemas = DOCUMENTS["ingest.json"]["components"]["schemas"]
    validator = jsonschema.Draft202012Validator(schemas["Upload"] | {"components": {"schemas": schemas}})
    assert validator.is_valid(examples.UPLOAD)
    assert not validator.is_valid(examples.UPLOAD | {member: value})
