"""What the OpenAPI documents have in common: a problem's schema and examples, and bodies described by type.

The services read and write bodies themselves, so FastAPI cannot infer them; here they are told to it.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import msgspec
from fastapi import FastAPI

from schemas.problems import CONTENT_TYPE, Problem, SeveralTokensError

Responses = dict[int | str, dict[str, Any]]

_SEVERAL_TOKENS = SeveralTokensError("send one Authorization header")
_REFERENCE = "#/components/schemas/{name}"
_ONE_LINE: dict[str, Any] = {"type": "string"}
# FastAPI drops every null from the document, those of examples too: they travel under this name.
_NULL = "\0null"
_PROBLEM: dict[str, Any] = {
    "title": "Problem",
    "description": "RFC 9457 problem details. Nothing that was sent is repeated in it.",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri", "description": "Which problem it is; stable."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong this time, for a person."},
        "offset": {"type": "integer", "description": "400: the byte where the body stops making sense."},
        "total_errors": {"type": "integer", "description": "422: how many rules are broken."},
        "more_errors": {
            "type": "boolean",
            "description": "422, true where looking ended before all was looked at: there may be more.",
        },
        "errors": {
            "type": "array",
            "description": "422: the first of the broken rules.",
            "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "detail": {"type": "string"},
                    "pointer": {"type": "string", "format": "json-pointer"},
                    "parameter": {"type": "string"},
                },
            },
        },
    },
}


def problems(*examples: Problem) -> Responses:
    """For a route's ``responses``: what it may answer instead, with an example of each."""
    return {example.status: _problem(example) for example in examples}


def answer(
    status: int, struct: Any, description: str, example: object, *, headers: Mapping[str, str] | None = None
) -> Responses:
    """For a route's ``responses``: a JSON answer of type `struct`. `headers`: name and meaning of each."""
    described = {name: {"description": text, "schema": _ONE_LINE} for name, text in (headers or {}).items()}
    content = {"application/json": {"schema": _reference(struct), "example": _swapped(example, None, _NULL)}}
    return {status: {"description": description, "headers": described, "content": content}}


def body(
    struct: Any,
    example: object,
    *,
    media_type: str = "application/json",
    binary: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """For a route's ``openapi_extra``: the body it reads by itself.

    `binary`: other media types that it is taken in, each with a description of its bytes.
    """
    content: dict[str, Any] = {media_type: {"schema": _reference(struct), "example": example}}
    for other, described in (binary or {}).items():
        content[other] = {"schema": {"type": "string", "format": "binary", "description": described}}
    return {"requestBody": {"required": True, "content": content}}


def headers(*described: tuple[str, str]) -> dict[str, Any]:
    """For a route's ``openapi_extra``: the optional headers it reads by itself, name and meaning of each."""
    return {
        "parameters": [
            {"name": name, "in": "header", "required": False, "description": text, "schema": _ONE_LINE}
            for name, text in described
        ]
    }


def install(
    app: FastAPI,
    structs: Sequence[Any],
    bounds: Mapping[tuple[str, str], Mapping[str, Any]] = MappingProxyType({}),
) -> None:
    """Put the schemas of problems and of `structs` into the document of `app`, and into each route that takes a token
    what it answers to two. `bounds`: what settings add, by the name of a schema and of one of its members.
    """
    _, schemas = msgspec.json.schema_components(structs, ref_template=_REFERENCE)
    for (schema, member), bound in bounds.items():
        schemas[schema]["properties"][member] |= bound
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        document = generate()
        document["paths"] = _swapped(document["paths"], _NULL, None)
        for operation in (one for path in document["paths"].values() for one in path.values()):
            if "security" in operation:
                operation["responses"].setdefault(str(_SEVERAL_TOKENS.status), _problem(_SEVERAL_TOKENS))
            for parameter in operation.get("parameters", ()):
                parameter["schema"] = _sent(parameter["schema"])
        components = document.setdefault("components", {}).setdefault("schemas", {})
        components.update(schemas, Problem=_PROBLEM)
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to extend the document


def _sent(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter's schema without its null, which no URL and no header can say: it may be left out instead."""
    one_of = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    return schema if len(one_of) != 1 else {k: v for k, v in schema.items() if k != "anyOf"} | one_of[0]


def _swapped(value: Any, old: object, new: object) -> Any:
    """`value` with `new` wherever `old` was."""
    if isinstance(value, dict):
        return {name: _swapped(inner, old, new) for name, inner in value.items()}
    if isinstance(value, list):
        return [_swapped(inner, old, new) for inner in value]
    return new if value == old else value


def _problem(example: Problem) -> dict[str, Any]:
    described: dict[str, Any] = {
        "description": example.title,
        "content": {
            CONTENT_TYPE: {
                "schema": {"$ref": _REFERENCE.format(name="Problem")},
                "example": example.members(),
            }
        },
    }
    if example.retry_after is not None:
        described["headers"] = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}}
    return described


def _reference(struct: Any) -> dict[str, Any]:
    (schema,), _ = msgspec.json.schema_components([struct], ref_template=_REFERENCE)
    return schema
