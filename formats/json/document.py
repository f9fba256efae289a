"""An upload as it is written in JSON: what the fast decoder reads, and what the API's page shows."""

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from formats.rules import TEXT_PATTERN, Limits
from schemas.ecg import SAMPLE_MAX, SAMPLE_MIN
from schemas.ids import ECG_ID_PATTERN

# Raw: it has been cut out, and its place alone is looked at.
_Signal = Annotated[
    Raw,
    Meta(
        description=(
            "ADC values in order of time, whole numbers; null where one is missing. May be empty; leads may differ in"
            " length."
        ),
        extra_json_schema={
            "type": "array",
            "items": {"type": ["integer", "null"], "minimum": SAMPLE_MIN, "maximum": SAMPLE_MAX},
        },
    ),
]
# Rules that msgspec would judge itself, with words of its own, are told here and judged by the rule, as all values are.
_Gain = Annotated[
    float,
    Meta(description="ADC units per unit of `units`; not 0.", extra_json_schema={"not": {"const": 0}}),
]
_Baseline = Annotated[
    float,
    Meta(
        description="ADC value of 0 mV, which may lie between two; 0 unless given.",
        extra_json_schema={"minimum": SAMPLE_MIN, "maximum": SAMPLE_MAX},
    ),
]
_TEXT = {"pattern": f"^{TEXT_PATTERN}$"}
_Units = Annotated[
    str, Meta(description="Physical unit; mV unless given.", examples=["mV"], extra_json_schema=_TEXT)
]


class UploadLead(Struct, forbid_unknown_fields=True, frozen=True):
    """One lead. What it leaves out of gain, baseline and units holds as the upload gives it for all leads."""

    name: Annotated[str, Meta(description="Unique in the upload.", examples=["II"], extra_json_schema=_TEXT)]
    signal: _Signal
    number_of_samples: (
        Annotated[
            int, Meta(description="If given, the length of `signal`.", extra_json_schema={"minimum": 0})
        ]
        | UnsetType
    ) = UNSET
    adc_gain: _Gain | UnsetType = UNSET
    baseline: _Baseline | UnsetType = UNSET
    units: _Units | UnsetType = UNSET


class Upload(Struct, forbid_unknown_fields=True, frozen=True):
    """An ECG: any number of leads of any lengths."""

    leads: Annotated[list[UploadLead], Meta(description="At least one.", extra_json_schema={"minItems": 1})]
    id: (
        Annotated[
            str,
            Meta(
                description="Unique among your ECGs, and the same when the same is sent again.",
                extra_json_schema={"pattern": f"^{ECG_ID_PATTERN}$"},
            ),
        ]
        | UnsetType
    ) = UNSET
    date: (
        Annotated[
            str,
            Meta(
                description=(
                    "When it was recorded, RFC 3339 with an offset, or the same with blanks for its T and before the"
                    " offset; unless given, now."
                ),
                extra_json_schema={"format": "date-time"},
            ),
        ]
        | UnsetType
    ) = UNSET
    sampling_frequency: (
        Annotated[float, Meta(description="Hz; more than 0.", extra_json_schema={"exclusiveMinimum": 0})]
        | UnsetType
    ) = UNSET
    adc_gain: _Gain | UnsetType = UNSET
    baseline: _Baseline | UnsetType = UNSET
    units: _Units | UnsetType = UNSET


def bounds(limits: Limits) -> Mapping[tuple[str, str], Mapping[str, Any]]:
    """What `limits` add to the schema, by the name of a schema and of a member."""
    units = {"maxLength": limits.units_characters}
    return {
        ("Upload", "leads"): {"maxItems": limits.leads},
        ("Upload", "units"): units,
        ("UploadLead", "name"): {"maxLength": limits.name_characters},
        ("UploadLead", "units"): units,
        ("UploadLead", "signal"): {"maxItems": limits.samples_per_lead},
    }
