"""What is wrong with an upload: every broken rule, each with its place, and nothing of what was sent.

Run on bad uploads alone. Nothing is made of the body but what is short: it is walked through where it lies, and a
long signal is read in pieces. Looking ends where it would take long for what nobody will read: the first errors
are listed in any case, and of the number of all it is said that it is the least.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from formats.broken import BrokenRules
from formats.json import samples
from formats.json.long_signals import PIECE_BYTES, SamplesError, pieces, within_int32
from formats.json.malformed import malformed
from formats.json.signals import max_skeleton_bytes
from formats.json.walking import Walker
from formats.rules import Field, Limits, lead_fields, recording_fields
from formats.signal import SAMPLE_RULE
from schemas.ecg import SAMPLE_MAX, SAMPLE_MIN
from schemas.problems import InvalidError, Problem, RuleError

# Numbers that the decoder refuses to hold at all; none of them is a sample, and neither is what stands in.
_OUTSIZED = re.compile(rb"(?<![\w.])(?:\d[\d.]*+[eE][-+]?\d{3,}+|\d{17,}+[\d.]*+(?:[eE][-+]?\d++)?+)")
_NO_SAMPLE = b"0.5"
# No text that a rule takes is as long; one that is longer is judged by another that is too long.
_TEXT_MAX_BYTES = 64 * 1024
_TOO_LONG = "x" * _TEXT_MAX_BYTES
_RECORDING_MEMBERS = 7
# A tenth of a second each.
_STEPS = 50_000
_BROKEN_SIGNAL_BYTES = 1024 * 1024


class NothingWrongError(Exception):
    """A body was refused in which nothing is wrong: the fast way in and this one disagree, which is our fault."""


def explain(body: bytes | bytearray, limits: Limits) -> Problem:
    """The problem with `body`, which the decoder did not take: MalformedError or InvalidError."""
    problem = malformed(body)
    if problem is not None:
        return problem
    if too_many_objects(body, limits):
        return InvalidError([RuleError(_more_than_leads(limits), pointer="")])
    walk = _Walk(body, limits)
    try:
        walk.recording()
    except _EnoughError:
        return walk.rules.problem(at_least=True)
    if not walk.rules:
        raise NothingWrongError
    return walk.rules.problem()


def too_many_objects(body: bytes | bytearray, limits: Limits) -> bool:
    """Whether `body` must hold more leads than are taken, told by its bytes before objects are made of it."""
    # The texts may be full of braces.
    texts = limits.name_characters + limits.units_characters
    return body.count(b"{") > _RECORDING_MEMBERS + texts + 256 + limits.leads * (1 + texts)


def _more_than_leads(limits: Limits) -> str:
    return f"holds more than {limits.leads} leads could"


class _EnoughError(Exception):
    """To look further would take too long for what is found."""


class _Patience:
    """How far is looked for more errors than are listed."""

    def __init__(self, rules: BrokenRules) -> None:
        self._rules = rules
        self._steps = _STEPS
        self._bytes = _BROKEN_SIGNAL_BYTES

    def step(self) -> None:
        """Something is met. Raises _EnoughError."""
        self._steps -= 1
        if self._steps < 0 and self._rules:
            raise _EnoughError

    def look_at(self, broken_bytes: int) -> None:
        """So much of a signal with something broken in it is looked at. Raises _EnoughError."""
        self._bytes -= broken_bytes
        if self._bytes < 0 and self._rules.is_full:
            raise _EnoughError


class _Walk:
    """Looks at everything in a body that is JSON, and collects what is broken.

    What is passed over unseen, which may be long, is told as broken before: the walk may end in it.
    """

    def __init__(self, body: bytes | bytearray, limits: Limits) -> None:
        self.rules = BrokenRules()
        self._broken = self.rules.add
        self._limits = limits
        self._recording_fields = recording_fields(limits)
        self._lead_fields = lead_fields(limits)
        self._patience = _Patience(self.rules)
        self._signal_bytes = 0
        self._names: set[str] = set()
        self._walker = Walker(body, self._patience.step)

    def recording(self) -> None:
        self._object("", self._recording_fields, "leads", self._leads)
        beside = len(self._walker.body) - self._signal_bytes
        if not self.rules and beside > max_skeleton_bytes(self._limits.leads):
            self._broken(f"{_more_than_leads(self._limits)}, beside their signals", "")

    def _leads(self, pointer: str) -> None:
        if not self._walker.is_at(b"["):
            self._broken("must be an array of leads", pointer)
            return self._walker.skip()
        index = -1
        for index in self._walker.elements():
            if index < self._limits.leads:
                self._lead(f"{pointer}/{index}")
                continue
            if index == self._limits.leads:
                self._broken(f"must have at most {index} leads", pointer)
            self._walker.skip()
        if index == -1:
            self._broken("must have at least one lead", pointer)
        return None

    def _lead(self, pointer: str) -> None:
        found = self._object(pointer, self._lead_fields, "signal", self._signal)
        name, length, told = (found.get(member) for member in ("name", "signal", "number_of_samples"))
        if name in self._names:
            self._broken("is the name of an earlier lead", f"{pointer}/name")
        elif name is not None:
            self._names.add(name)
        if length is not None and told is not None and told >= 0 and told != length:
            self._broken("is not the length of the signal", f"{pointer}/number_of_samples")

    def _signal(self, pointer: str) -> int | None:
        """The signal's length, broken samples included; None where that cannot be said."""
        walker, begin = self._walker, self._walker.at
        if not walker.is_at(b"["):
            self._broken("must be an array of integers", pointer)
            walker.skip()
            return None
        index = 0
        for start, end in walker.runs():
            index = self._samples(start, end, index, pointer)
            if index > self._limits.samples_per_lead:
                self._broken(f"must be at most {self._limits.samples_per_lead} integers", pointer)
                walker.at = begin
                walker.skip()
                return None
            if not walker.is_at(b"]"):
                self._no_sample(index, pointer)
                walker.skip()
                index += 1
        self._signal_bytes += walker.at - begin
        return index

    def _samples(self, start: int, end: int, index: int, pointer: str) -> int:
        """Look at plain values, of which the first has this index; the index behind the last."""
        body = self._walker.body
        if self._walker.is_blank(start, end):
            return index
        behind = index + body.count(b",", start, end) + 1
        if behind <= self._limits.samples_per_lead:
            for piece in pieces(body, start, end):
                index += self._piece(piece, index, pointer)
        return behind

    def _piece(self, piece: bytes, index: int, pointer: str) -> int:
        """How many values are in the piece."""
        try:
            wide, _ = samples.parse(piece)
            if within_int32(wide):
                return wide.size
        except SamplesError:
            pass
        self._patience.look_at(len(piece))
        values = _values(piece)
        for place, value in enumerate(values, index):
            if value is not None and not _is_sample(value):
                self._no_sample(place, pointer)
        return len(values)

    def _no_sample(self, index: int, pointer: str) -> None:
        if self.rules.is_full:
            # A pointer for each of a million would take long, and not be told.
            self.rules.add_unlisted(1)
        else:
            self._broken(SAMPLE_RULE, f"{pointer}/{index}")

    def _object(
        self, pointer: str, fields: Mapping[str, Field], inner: str, look: Callable[[str], int | None]
    ) -> dict[str, Any]:
        """Look at an object's `fields`, and by `look` at its member `inner`, which it must have besides.

        The values of the fields, those of the right type, and what `look` returns.
        """
        if not self._walker.is_at(b"{"):
            self._broken("must be an object", pointer)
            self._walker.skip()
            return {}
        found: dict[str, Any] = {}
        told: set[str] = set()
        for name in self._walker.members():
            at, known = f"{pointer}/{name}", name == inner or name in fields
            if known and name not in found:
                found[name] = look(at) if name == inner else self._field(fields[name], at)
                continue
            kind = name if known else ""
            if kind not in told:
                unknown = f"has unknown members; known are {', '.join((*fields, inner))}"
                self._broken(*(("is given twice", at) if known else (unknown, pointer)))
            told.add(kind)
            self._walker.skip()
        for name in (inner, *(name for name, field in fields.items() if field.required)):
            if name not in found:
                self._broken("is missing", f"{pointer}/{name}")
        return found

    def _field(self, field: Field, pointer: str) -> Any:
        """The field's value; None where it is of another type."""
        if self._walker.is_at(b"[{"):
            self._broken(f"must be {field.called}", pointer)
            return self._walker.skip()
        start, end = self._walker.value()
        text, value = self._walker.body, None
        try:
            if end - start <= _TEXT_MAX_BYTES:
                value = msgspec.json.decode(text[start:end], type=field.type)
            elif field.type is str and text[start] in b'"':
                value = _TOO_LONG
        except msgspec.ValidationError:
            pass
        detail = f"must be {field.called}" if value is None else field.rule(value)
        if detail is not None:
            self._broken(detail, pointer)
        return value


def _is_sample(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return SAMPLE_MIN <= value <= SAMPLE_MAX and value == int(value)


def _values(piece: bytes) -> list[Any]:
    """The values of an array without texts and arrays; of one that is longer than any sample something else."""
    if len(piece) <= 2 * PIECE_BYTES:
        return list(msgspec.json.decode(_OUTSIZED.sub(_NO_SAMPLE, piece)))
    before, comma, _ = piece.rpartition(b",")
    return [*(_values(before + b"]") if comma else ()), float(_NO_SAMPLE)]
