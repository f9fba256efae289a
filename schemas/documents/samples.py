"""One event of each kind, encoded by the code that services use: the documents' examples."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
import numpy as np

from schemas.arrow import decode_leads
from schemas.audit import NO_HASH, AuditBlock, AuditEntry, encode_audit
from schemas.cloudevents import Record
from schemas.content_hash import content_hash
from schemas.dead_letters import DeadLetter, encode_dead_letter
from schemas.ecg import Ecg, Lead
from schemas.identity import (
    DeviceRevocation,
    DeviceRevoked,
    PublicJwk,
    PublicKey,
    SessionEnd,
    SessionEnded,
    UserChanged,
    UserState,
    encode_public_key,
    encode_revocation,
)
from schemas.insights import InsightResult, LeadResult, encode_insight
from schemas.refusals import Refusals, encode_refusals
from schemas.times import format_rfc3339, parse_rfc3339
from schemas.topics import UPLOADED
from schemas.uploaded import Provenance, Uploaded, encode_uploaded

_DATE = parse_rfc3339("2026-11-23T08:30:00Z")
_ACCEPTED_AT = parse_rfc3339("2026-11-23T08:31:02.250917Z")
_ECG = Ecg(
    (
        Lead("I", np.array([12, -3, -7, 5], dtype=np.int16), adc_gain=200.0, baseline=0, units="mV"),
        Lead("II", np.array([4, 9, -1], dtype=np.int16)),
    ),
    date=_DATE,
    sampling_frequency=500.0,
)
_ORIGIN = Provenance(
    owner_id=UUID("6f1e1d2c-3b4a-4958-8776-a5b4c3d2e1f0"),
    ecg_id="ecg-17",
    content_hash=content_hash(_ECG),
    accepted_at=_ACCEPTED_AT,
    date=_DATE,
    date_source="client",
    number_of_samples=_ECG.number_of_samples,
    sampling_frequency=_ECG.sampling_frequency,
    traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
)
_UNTIL = _ACCEPTED_AT // 1_000_000 + 86_400
# The public key of RFC 8037, appendix A.
_JWK = PublicJwk(kid="2026-11", x="11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")


def upload() -> Record:
    """A short upload of two leads."""
    return encode_uploaded(Uploaded(_ORIGIN, _ECG.leads))


def insight() -> Record:
    """What was counted of it."""
    leads = [LeadResult("I", 4, 0, 2, []), LeadResult("II", 3, 0, 1, [])]
    return encode_insight(_ORIGIN, InsightResult("zero_crossings", 1, leads))


def public_key() -> Record:
    """A signing key's public half."""
    return encode_public_key(PublicKey(_JWK), folder="8f14e45fceea167a5a36dedd4bea2543", time=_ACCEPTED_AT)


def device_revocation() -> Record:
    """A device that was lost."""
    device_id = UUID("0b6f2f0e-9a51-4f0c-9d0e-2f5b8f1f7a11")
    return encode_revocation(DeviceRevoked(device_id, DeviceRevocation(_UNTIL)), time=_ACCEPTED_AT)


def session_end() -> Record:
    """Somebody signed out."""
    session_id = UUID("5d1f3a52-7c55-4f37-8a7e-0c1de8f0b2aa")
    return encode_revocation(SessionEnded(session_id, SessionEnd(_UNTIL)), time=_ACCEPTED_AT)


def user_state() -> Record:
    """A user who was deactivated."""
    state = UserState(active=False, tokens_from=0.0, changed_at=_ACCEPTED_AT)
    return encode_revocation(UserChanged(_ORIGIN.owner_id, state), time=_ACCEPTED_AT)


def audit_block() -> Record:
    """A read of that insight by its owner. The seal is none of anybody's."""
    entry = AuditEntry(
        time=format_rfc3339(_ACCEPTED_AT),
        action="ecg.insights.read",
        outcome="success",
        actor=_ORIGIN.owner_id,
        role="client",
        token_id="5b0f6f0c" * 4,
        owner=_ORIGIN.owner_id,
        entities=("ecg/ecg-17",),
        address="192.0.2.17",
        agent="curl/8.5.0",
        request="0123456789abcdef",
    )
    chain = UUID("1c9a8f52-5d0e-4f6b-9a3e-7d2c1b0a9f8e")
    block = AuditBlock(chain, 0, NO_HASH, format_rfc3339(_ACCEPTED_AT), entries=(entry,))
    return encode_audit(msgspec.json.encode(block), seal="00" * 64, seal_key="00" * 32)


def refusals() -> Record:
    """A device that sent three uploads which broke a rule."""
    device_id, counter = (
        UUID("0b6f2f0e-9a51-4f0c-9d0e-2f5b8f1f7a11"),
        UUID("c6c9b2f4-3a53-4d51-8a39-7a1f3ef4a0de"),
    )
    told = Refusals(
        _ORIGIN.owner_id, device_id, counter, "2026-W48", {"invalid": 3}, format_rfc3339(_ACCEPTED_AT)
    )
    return encode_refusals(told)


def dead_letter() -> Record:
    """An upload whose value was cut off."""
    cut = upload()
    letter = DeadLetter(
        key=cut.key,
        value=(cut.value or b"")[:100],
        headers=cut.headers,
        reason="the value is not an Arrow stream: ArrowInvalid",
        topic=UPLOADED.name,
        partition=3,
        offset=1_024,
        time=_ACCEPTED_AT,
    )
    return Record(letter.key, letter.value, encode_dead_letter(letter))


def headers(record: Record) -> dict[str, str]:
    """The record's headers as text."""
    return {name: value.decode() for name, value in record.headers}


def json_value(record: Record) -> Any:
    """The record's JSON value, as JSON."""
    return json.loads(record.value or b"")


def rows(record: Record) -> Sequence[dict[str, object]]:
    """The record's Arrow value, as rows."""
    return [
        {
            "name": lead.name,
            "signal": lead.signal.tolist(),
            "adc_gain": lead.adc_gain,
            "baseline": lead.baseline,
            "units": lead.units,
        }
        for lead in decode_leads(record.value or b"")
    ]
