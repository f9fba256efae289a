"""What is wrong with an upload: every broken rule, each with its place, and nothing of what was sent.

Run on bad uploads alone, so it may take its time, but not memory without bound: what could be too much is
counted in the bytes before anything is made of it.
"""

import re
from collections.abc import Mapping
from itertools import islice
from typing import Any

import msgspec

from ingest_api import samples
from ingest_api.broken import BrokenRules
from ingest_api.duplicates import duplicates
from ingest_api.rules import Field, Limits, lead_fields, recording_fields
from schemas.ecg import SAMPLE_MAX, SAMPLE_MIN
from schemas.problems import MAX_ERRORS_LISTED, InvalidError, MalformedError, Problem, RuleError

_OFFSET = re.compile(r"\(byte (\d+)\)$")
# Numbers that the decoder refuses to hold at all; none of them is a sample, and neither is what stands in.
_OUTSIZED = re.compile(rb"(?<![\w.])(?:\d[\d.]*[eE][-+]?\d+|\d[\d.]{16,})")
_NO_SAMPLE = b"0.5"
_LEAD_MEMBERS = 6
_RECORDING_MEMBERS = 7

_sample_detail = f"must be an integer from {SAMPLE_MIN} to {SAMPLE_MAX}"


def explain(body: bytes, limits: Limits) -> Problem:
    """The problem with `body`, which the decoder did not take: MalformedError or InvalidError."""
    try:
        body.decode()
        msgspec.json.decode(body, type=msgspec.Raw)
    except UnicodeDecodeError as error:
        return MalformedError("the body is not UTF-8 from here", offset=error.start)
    except msgspec.DecodeError as error:
        return _malformed(str(error), len(body))
    except RecursionError:
        return MalformedError("the body is nested far deeper than an ECG is")
    if too_many_objects(body, limits) or any(
        body.count(byte) > _most(limits, members) for byte, members in ((b"[", 1), (b":", _LEAD_MEMBERS))
    ):
        return InvalidError([RuleError(f"holds more than {limits.leads} leads could", pointer="")])
    walk = _Walk(limits)
    walk.recording(body)
    return walk.rules.problem()


def too_many_objects(body: bytes, limits: Limits) -> bool:
    """Whether `body` must hold more leads than are taken, told by its bytes before objects are made of it."""
    return body.count(b"{") > _most(limits, 1)


def _most(limits: Limits, each: int) -> int:
    """The most that a byte can occur which a lead needs `each` times, and its texts may be full of."""
    texts = limits.name_characters + limits.units_characters
    return _RECORDING_MEMBERS + texts + 256 + limits.leads * (each + texts)


def _malformed(message: str, length: int) -> MalformedError:
    found = _OFFSET.search(message)
    if found is None:
        return MalformedError("the body ends before its JSON does", offset=length)
    # The decoder has read on by one when it finds more behind the end.
    offset = int(found[1]) - message.count("trailing characters")
    return MalformedError("the body stops being JSON here", offset=offset)


class _Walk:
    """Looks at everything, and collects what is broken."""

    def __init__(self, limits: Limits) -> None:
        self.rules = BrokenRules()
        self._broken = self.rules.add
        self._limits = limits
        self._recording_fields = recording_fields(limits)
        self._lead_fields = lead_fields(limits)

    def recording(self, body: bytes) -> None:
        members = self._object(body, "", self._recording_fields, "leads")
        if "leads" in members:
            self._leads(members["leads"])
        known = self._recording_fields.keys() | self._lead_fields.keys() | {"leads", "signal"}
        for pointer, name in duplicates(body):
            self._broken("is given twice", f"{pointer}/{name}" if name in known else pointer)

    def _leads(self, raw: msgspec.Raw) -> None:
        try:
            leads = msgspec.json.decode(raw, type=list[msgspec.Raw])
        except msgspec.ValidationError:
            return self._broken("must be an array of leads", "/leads")
        if not leads:
            return self._broken("must have at least one lead", "/leads")
        if len(leads) > self._limits.leads:
            return self._broken(f"must have at most {self._limits.leads} leads", "/leads")
        names: set[str] = set()
        for index, lead in enumerate(leads):
            self._lead(lead, f"/leads/{index}", names)
        return None

    def _lead(self, raw: msgspec.Raw, pointer: str, names: set[str]) -> None:
        members = self._object(raw, pointer, self._lead_fields, "signal")
        name = self._typed(members.get("name"), str)
        if name in names:
            self._broken("is the name of an earlier lead", f"{pointer}/name")
        elif name is not None:
            names.add(name)
        if "signal" not in members:
            return
        length = self._signal(bytes(members["signal"]), f"{pointer}/signal")
        told = self._typed(members.get("number_of_samples"), int)
        if length is not None and told is not None and told >= 0 and told != length:
            self._broken("is not the length of the signal", f"{pointer}/number_of_samples")

    def _signal(self, array: bytes, pointer: str) -> int | None:
        """The signal's length, broken samples included; None where that cannot be said."""
        if array[:1] != b"[":
            self._broken("must be an array of integers", pointer)
            return None
        if samples.too_many(array, self._limits.samples_per_lead):
            self._broken(f"must be at most {self._limits.samples_per_lead} integers", pointer)
            return None
        values = msgspec.json.decode(_OUTSIZED.sub(_NO_SAMPLE, array))
        broken = (
            index
            for index, value in enumerate(values)
            if type(value) is not int or not SAMPLE_MIN <= value <= SAMPLE_MAX
        )
        for index in islice(broken, MAX_ERRORS_LISTED):
            self._broken(_sample_detail, f"{pointer}/{index}")
        self.rules.add_unlisted(sum(1 for _ in broken))
        return len(values)

    def _object(
        self, raw: msgspec.Raw | bytes, pointer: str, fields: Mapping[str, Field], inner: str
    ) -> dict[str, msgspec.Raw]:
        """The members of the object in `raw`, its `fields` checked; it must have `inner` besides."""
        try:
            members = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
        except msgspec.ValidationError:
            self._broken("must be an object", pointer)
            return {}
        if members.keys() - fields.keys() - {inner}:
            self._broken(f"has unknown members; known are {', '.join((*fields, inner))}", pointer)
        for name, field in fields.items():
            if name in members:
                self._field(members[name], field, f"{pointer}/{name}")
        required = [inner, *(name for name, field in fields.items() if field.required)]
        for name in required:
            if name not in members:
                self._broken("is missing", f"{pointer}/{name}")
        return members

    def _field(self, raw: msgspec.Raw, field: Field, pointer: str) -> None:
        try:
            value = msgspec.json.decode(raw, type=field.type)
        except msgspec.ValidationError:
            return self._broken(f"must be {field.called}", pointer)
        detail = field.rule(value)
        if detail is not None:
            self._broken(detail, pointer)
        return None

    def _typed(self, raw: msgspec.Raw | None, kind: Any) -> Any:
        """The value of type `kind` in `raw`; None where it is another, which has been told already."""
        try:
            return None if raw is None else msgspec.json.decode(raw, type=kind)
        except msgspec.ValidationError:
            return None
