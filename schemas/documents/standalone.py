"""Each schema as a file of its own, for tools that read JSON Schema and not AsyncAPI."""

from typing import Any

import msgspec

from schemas import audit, identity, insights, refusals, uploaded
from schemas.documents import headers
from schemas.documents.values import IDENTITY_VALUES, arrow_value
from schemas.topics import DEAD_LETTERS

Schema = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def standalone_schemas() -> dict[str, Schema]:
    """The schemas by file name."""
    schemas = {
        f"{uploaded.EVENT_TYPE}.headers": headers.UPLOADED,
        f"{insights.EVENT_TYPE}.headers": headers.INSIGHT,
        f"{insights.EVENT_TYPE}.value": msgspec.json.schema(insights.InsightEvent),
        f"{refusals.EVENT_TYPE}.headers": headers.REFUSALS,
        f"{refusals.EVENT_TYPE}.value": msgspec.json.schema(refusals.Refusals),
        f"{DEAD_LETTERS.name}.headers": headers.DEAD_LETTER,
        f"{identity.EVENT_TYPE}.headers": headers.IDENTITY,
        f"{identity.EVENT_TYPE}.value": _any_of(list(IDENTITY_VALUES.values())),
        f"{audit.EVENT_TYPE}.headers": headers.AUDIT,
        f"{audit.EVENT_TYPE}.value": msgspec.json.schema(audit.AuditBlock),
    }
    files = {
        f"{name}.schema.json": {"$schema": _DIALECT, "$id": f"urn:ecg:schema:{name}", **schema}
        for name, schema in schemas.items()
    }
    return files | {f"{uploaded.EVENT_TYPE}.value.arrow.json": arrow_value()}


def _any_of(structs: list[type[msgspec.Struct]]) -> Schema:
    """The schema of a value that is one of these, by its record's key."""
    references, schemas = msgspec.json.schema_components(structs, ref_template="#/$defs/{name}")
    return {"anyOf": list(references), "$defs": schemas}
