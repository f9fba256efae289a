"""Schemas of the events' values: JSON Schema for what is JSON, the list of fields for what is Arrow."""

from typing import Any

import msgspec
import pyarrow as pa

from schemas import arrow
from schemas.audit import AuditBlock
from schemas.identity import DeviceRevocation, PublicKey, SessionEnd, UserState
from schemas.insights import InsightEvent
from schemas.refusals import Refusals

Schema = dict[str, Any]

IDENTITY_VALUES: dict[str, type[msgspec.Struct]] = {
    "publicKey": PublicKey,
    "deviceRevocation": DeviceRevocation,
    "sessionEnd": SessionEnd,
    "userState": UserState,
}
JSON_VALUES: dict[str, type[msgspec.Struct]] = {
    "insight": InsightEvent,
    "audit": AuditBlock,
    "refusals": Refusals,
    **IDENTITY_VALUES,
}


def components(ref_template: str) -> tuple[dict[str, Schema], dict[str, Schema]]:
    """A reference for each of `JSON_VALUES`, and the schemas that those lead to."""
    references, schemas = msgspec.json.schema_components(
        list(JSON_VALUES.values()), ref_template=ref_template
    )
    return dict(zip(JSON_VALUES, references, strict=True)), schemas


def arrow_value() -> Schema:
    """The value of an upload, in words and fields."""
    return {
        "title": "The leads of an upload",
        "description": (
            "An Arrow IPC stream of one record batch, one row a lead. Every segment of a recording names "
            "every lead. Which variant it is, the stream's own schema says: samples are int16 where all of the "
            "event fit, else int32; they may be null only where one is missing, which its null says; the baseline "
            "is float64 where one of the event lies between two integers, else int32."
        ),
        "variants": {_named(schema): [_field(field) for field in schema] for schema in arrow.SCHEMAS},
    }


def _named(schema: pa.Schema) -> str:
    samples = schema.field("signal").type
    missing = ", missing samples" if samples.value_field.nullable else ""
    between = ", a baseline between integers" if pa.types.is_floating(schema.field("baseline").type) else ""
    return f"{samples.value_type}{missing}{between}"


_MEANINGS = {
    "name": "The lead's name, unique in the recording.",
    "signal": "ADC values in order of time, null where one is missing; may be empty, and leads may differ in length.",
    "adc_gain": "ADC units per physical unit.",
    "baseline": "The ADC value of 0 mV, which may lie between two; null: 0.",
    "units": "The physical unit; null: mV.",
}


def _field(field: pa.Field) -> Schema:
    described: Schema = {"name": field.name, "type": _type(field.type), "nullable": field.nullable}
    return described | {"description": _MEANINGS[field.name]}


def _type(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        return f"list<{kind.value_type}{'' if kind.value_field.nullable else ' not null'}>"
    return "utf8" if pa.types.is_string(kind) else str(kind)
