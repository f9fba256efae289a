"""What reads bytes that others have written: uploads, events, cursors, receipts, tokens and forms.

Each takes its bytes or refuses them by the errors that it names; anything else that is raised is a finding.
"""

import base64
import gzip
import json
import time
from collections.abc import Callable
from uuid import UUID

import pyarrow as pa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from formats.decoders import JSON, decoders
from formats.rules import Limits
from formats.table import FILES
from fuzz import callers
from fuzz.target import Refusals, Target
from harness.arrow_streams import columns, stream
from harness.file_formats import GOOD
from ingest_api.preparing import Order, prepare
from query_api.audit.filing import rows_of
from query_api.audit.sealing import is_good
from query_api.cursors import Cursors, Place
from query_api.keys.signing import public_jwk
from schemas import refusals
from schemas.arrow import CONTENT_TYPE as ARROW
from schemas.audit import decode_audit
from schemas.claims import DEVICE_SCOPES, MAX_TOKEN_SECONDS, Claims
from schemas.cloudevents import UndecodableEventError
from schemas.dead_letters import DeadLetter, decode_dead_letter, encode_dead_letter
from schemas.documents.samples import audit_block
from schemas.identity import PublicKey, decode_identity, encode_public_key
from schemas.insights import InsightResult, LeadResult, decode_insight, encode_insight
from schemas.problems import InvalidError, MalformedError, TooLargeError, UnauthenticatedError
from schemas.receipts import Receipt, decode_receipt, encode_receipt
from schemas.uploaded import Provenance, decode_uploaded
from service_kit.callers.tokens import TokenVerifier
from service_kit.http.decompression import unpacked

_LIMITS = Limits(leads=64, samples_per_lead=100_000, name_characters=64, units_characters=32, segments=16)
# Of what is compressed: little, so that a bomb takes no time.
_MAX_BYTES = 262_144
_OWNER, _DEVICE = UUID(int=17), UUID(int=18)
_TRACEPARENT = f"00-{'1' * 32}-{'2' * 16}-01"
_DECODERS = decoders(_LIMITS)
_NO_UPLOAD: Refusals = (MalformedError, InvalidError)
_JSON_UPLOAD = json.dumps(
    {
        "id": "ecg-20",
        "date": "2025-11-23T08:30:00+01:00",
        "sampling_frequency": 500.5,
        "leads": [
            {"name": "I", "number_of_samples": 4, "signal": [12, -3, None, 40_000]},
            {"name": "II", "signal": [], "baseline": -0.5, "adc_gain": 200, "units": "mV"},
        ],
    }
).encode()
_ARROW_UPLOAD = stream(columns([12, -3, None], [1]), {"id": "ecg-20", "sampling_frequency": "500"})
_RECORD = next(
    prepare(_JSON_UPLOAD, _DECODERS[JSON], Order(JSON, "identity", _OWNER, None, _TRACEPARENT), 1).records
)
_ORIGIN: Provenance = decode_uploaded(_RECORD.value, _RECORD.headers).provenance
_PRIVATE = Ed25519PrivateKey.from_private_bytes(b"\1" * 32)
_KEY = PublicKey(public_jwk(_PRIVATE), "devices")
_INSIGHT = encode_insight(_ORIGIN, InsightResult("zero_crossings", 1, [LeadResult("I", 4, 0, 2, [])]))
_REFUSED = refusals.encode_refusals(
    refusals.Refusals(_OWNER, _OWNER, _OWNER, "2026-W48", {"invalid": 3}, "2026-11-23T08:31:02Z")
)
_IDENTITY = encode_public_key(_KEY, folder="f", time=1)
_CURSORS = Cursors(b"\2" * 32)
_RECEIPT = encode_receipt(Receipt("a" * 22, 3, 17, "ab" * 32))


def _uploaded_as(content_type: str) -> Callable[[bytes], object]:
    """All that is done with a body: taken, it makes events, and these are read again."""

    def read(data: bytes) -> object:
        order = Order(content_type, "identity", _OWNER, None, _TRACEPARENT)
        prepared = prepare(bytearray(data), _DECODERS[content_type], order, 1)
        return [decode_uploaded(record.value, record.headers) for record in prepared.records]

    return read


def _compressed_as(encoding: str) -> Callable[[bytes], object]:
    return lambda data: unpacked(data, encoding, max_bytes=_MAX_BYTES)


def _other_headers(good: list[tuple[str, bytes]], data: bytes) -> list[tuple[str, bytes]]:
    """Headers of the same names with the lines of `data` as their values."""
    return [(name, line) for (name, _), line in zip(good, data.split(b"\n"), strict=False)]


def _lines(good: list[tuple[str, bytes]]) -> bytes:
    return b"\n".join(value for _, value in good)


def _cursor(data: bytes) -> object:
    return _CURSORS.decode(data.decode("latin-1"), _OWNER, "ecgs", Place)


def _audited(data: bytes) -> object:
    """What its readers do with it: those who verify, and those who file it."""
    sealed = decode_audit(_AUDIT.key, data, _AUDIT.headers)
    return is_good(sealed), rows_of(data)


def _verifier() -> TokenVerifier:
    verifier = TokenVerifier(issuer="i", audience="a")
    verifier.believe([_KEY])
    return verifier


_VERIFIER = _verifier()


def _token(data: bytes) -> object:
    return _VERIFIER.verify(data.decode("latin-1"))


def _signed(claims: bytes) -> bytes:
    head = json.dumps({"alg": "EdDSA", "kid": _KEY.kid}).encode()
    content = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in (head, claims))
    return content + b"." + base64.urlsafe_b64encode(_PRIVATE.sign(content)).rstrip(b"=")


# A device's, which is good for longer than a campaign takes.
_NOW = int(time.time())
_CLAIMS = json.dumps(
    Claims(_OWNER, "client", DEVICE_SCOPES, "t", _DEVICE).to_jwt(
        issuer="i", audience="a", issued_at=_NOW, expires_at=_NOW + MAX_TOKEN_SECONDS["device"]
    )
).encode()
_AUDIT = audit_block()
_LETTER = DeadLetter(None, None, [], "why", "ecg.uploaded.v1", 3, 17, 1, 5)
_LETTER_HEADERS = encode_dead_letter(_LETTER)

TARGETS: dict[str, Target] = {
    "upload as JSON": Target(_uploaded_as(JSON), _NO_UPLOAD, (_JSON_UPLOAD,)),
    "upload as Arrow": Target(_uploaded_as(ARROW), _NO_UPLOAD, (_ARROW_UPLOAD,)),
    **{
        f"upload as {one.name}": Target(
            _uploaded_as(one.content_types[0]), _NO_UPLOAD, (GOOD[one.content_types[0]],)
        )
        for one in FILES
    },
    "gzip": Target(_compressed_as("gzip"), (MalformedError, TooLargeError), (gzip.compress(_JSON_UPLOAD),)),
    "zstd": Target(
        _compressed_as("zstd"),
        (MalformedError, TooLargeError),
        (pa.compress(_JSON_UPLOAD, "zstd", asbytes=True),),
    ),
    "upload event": Target(
        lambda data: decode_uploaded(data, _RECORD.headers), (UndecodableEventError,), (_RECORD.value or b"",)
    ),
    "headers of an upload event": Target(
        lambda data: decode_uploaded(_RECORD.value, _other_headers(_RECORD.headers, data)),
        (UndecodableEventError,),
        (_lines(_RECORD.headers),),
    ),
    "insight event": Target(decode_insight, (UndecodableEventError,), (_INSIGHT.value or b"",)),
    "headers of a dead letter": Target(
        lambda data: decode_dead_letter(None, None, _other_headers(_LETTER_HEADERS, data)),
        (ValueError,),
        (_lines(_LETTER_HEADERS),),
    ),
    "identity event": Target(
        lambda data: decode_identity(_IDENTITY.key, data), (UndecodableEventError,), (_IDENTITY.value or b"",)
    ),
    "audit event": Target(_audited, (UndecodableEventError,), (_AUDIT.value or b"",)),
    "refusals event": Target(refusals.decode_refusals, (UndecodableEventError,), (_REFUSED.value or b"",)),
    "cursor": Target(_cursor, (ValueError,), (_CURSORS.encode(_OWNER, "ecgs", Place(1, "a")).encode(),)),
    "receipt": Target(
        lambda data: decode_receipt(data.decode("latin-1")), (ValueError,), (_RECEIPT.encode(),)
    ),
    "token": Target(_token, (UnauthenticatedError,), (_signed(_CLAIMS),)),
    "claims of a token of our own": Target(
        lambda data: _token(_signed(data)), (UnauthenticatedError,), (_CLAIMS,)
    ),
    **callers.TARGETS,
}
