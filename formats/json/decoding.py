"""From the bytes of an upload to an ECG, strictly: nothing is coerced, nothing unknown is passed over.

This is the fast way in, taken by every good upload. It only notices that something is wrong; what it is,
`explaining` finds, which may be slow. Both go by `rules`.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import UNSET

from formats.checks import check_segments
from formats.dates import parse_date
from formats.json import document, samples, signals
from formats.json.explaining import explain, too_many_objects
from formats.json.long_signals import SamplesError
from formats.rules import Field, Limits, lead_fields, recording_fields
from formats.signal import Signal
from formats.upload import Body, DecodedUpload
from schemas.ecg import Ecg, Lead, exact_baseline

_CUT = msgspec.Raw(signals.EMPTY)


class UnexplainedError(Exception):
    """Something is wrong with a body that is too large to be explained here."""


class Decoder:
    """Decodes uploads within `limits`. Pure, and safe to share.

    `explained_bytes`: of a bad body that is larger it is not said what is wrong with it; None: of each it is.
    """

    def __init__(self, limits: Limits, *, explained_bytes: int | None = None) -> None:
        self._limits = limits
        self._explained_bytes = explained_bytes
        self._recording_fields = recording_fields(limits)
        self._lead_fields = lead_fields(limits)
        self._decoder = msgspec.json.Decoder(document.Upload)
        # Every name, three texts and the array of leads; of each lead every name, two texts and the signal.
        self._max_steps = (len(self._recording_fields) + 5) + limits.leads * (len(self._lead_fields) + 4)

    def decode(self, body: Body) -> DecodedUpload:
        """The upload in `body`. Raises MalformedError or InvalidError, which say where and never what.

        Raises UnexplainedError instead for a large body, as the class says. A large bytearray may be used up.
        """
        try:
            upload = self._upload(body)
        except (
            msgspec.DecodeError,
            RecursionError,
            UnicodeDecodeError,
            signals.UncutError,
            SamplesError,
            _BrokenError,
        ):
            if self._explained_bytes is not None and len(body) > self._explained_bytes:
                raise UnexplainedError from None
            raise explain(body, self._limits) from None
        check_segments(upload.ecg, self._limits)
        return upload

    def _upload(self, body: Body) -> DecodedUpload:
        most = signals.max_skeleton_bytes(self._limits.leads)
        skeleton, places = signals.cut(body, max_steps=self._max_steps, max_bytes=most)
        if too_many_objects(skeleton, self._limits):
            raise _BrokenError
        read = self._decoder.decode(skeleton)
        if not 0 < len(read.leads) <= self._limits.leads:
            raise _BrokenError
        # Each lead's signal is one of the arrays, and there is no other.
        if len(places) != len(read.leads) or any(lead.signal != _CUT for lead in read.leads):
            raise _BrokenError
        if len({lead.name for lead in read.leads}) != len(read.leads):
            raise _BrokenError
        # With the leads and each signal. More than are given after decoding: one was given twice.
        given = _checked(read, self._recording_fields) + 1
        given += sum(_checked(lead, self._lead_fields) + 1 for lead in read.leads)
        if given != signals.members(skeleton):
            raise _BrokenError
        signals_read = [
            samples.parse_samples(body, *place, max_samples=self._limits.samples_per_lead) for place in places
        ]
        for lead, signal in zip(read.leads, signals_read, strict=True):
            if lead.number_of_samples is not UNSET and lead.number_of_samples != len(signal):
                raise _BrokenError
        leads = tuple(
            _lead(lead, signal, read)
            for lead, signal in zip(read.leads, samples.finished(signals_read, body), strict=True)
        )
        date = _given(read.date)
        return DecodedUpload(
            id=_given(read.id),
            ecg=Ecg(
                leads=leads,
                date=None if date is None else parse_date(date),
                sampling_frequency=_given(read.sampling_frequency),
            ),
        )


def _lead(lead: document.UploadLead, signal: Signal, recording: document.Upload) -> Lead:
    baseline = _given(lead.baseline, recording.baseline)
    return Lead(
        lead.name,
        signal.samples,
        _given(lead.adc_gain, recording.adc_gain),
        None if baseline is None else exact_baseline(baseline),
        _given(lead.units, recording.units),
        signal.missing,
    )


class _BrokenError(Exception):
    """A rule is broken; which one, the explanation finds."""


def _checked(read: msgspec.Struct, fields: Mapping[str, Field]) -> int:
    """How many of the fields are given; raises _BrokenError where one breaks its rule."""
    given = 0
    for name, field in fields.items():
        value = getattr(read, name)
        if value is not UNSET:
            given += 1
            if field.rule(value) is not None:
                raise _BrokenError
    return given


def _given(value: Any, default: Any = UNSET) -> Any:
    chosen = default if value is UNSET else value
    return None if chosen is UNSET else chosen
