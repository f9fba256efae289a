"""For schemathesis: what makes a request good that no schema can say, so that a refusal of a good one is a finding.

Only the service makes cursors, receipts and ids, a count is that of its signal, each name is another and visible, a
window ends after it begins, no new password is easily guessed, no field of a form comes twice, and few bytes are a
file of the format that is said.
"""

import json
import os
import secrets
from typing import Any

import schemathesis

from formats.decoders import CONTENT_TYPES, UNTOLD
from harness.file_formats import GOOD
from query_api.users.answers import ANN
from schemas.passwords import MOST_CHARACTERS
from schemas.times import parse_rfc3339

# What is to be sent where only one thing is right: JSON, by the name of what it stands for.
KNOWN = "ECG_FUZZ_KNOWN"
_FORMS = frozenset({"/v1/token", "/v1/revoke"})
_FILES = {
    name: GOOD.get(kind, GOOD["application/dicom"])
    for name, kind in CONTENT_TYPES.items()
    if kind in {*GOOD, UNTOLD}
}
_CHOOSING = frozenset({"/v1/invitations/redeem", "/v1/users/me/password"})
_known: dict[str, Any] = json.loads(os.environ.get(KNOWN, "{}"))


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Mend a request that is to be good, where schemathesis could not know."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    for name in case.path_parameters.keys() & _known.keys() if isinstance(case.path_parameters, dict) else ():
        case.path_parameters[name] = _known[name]
    if isinstance(case.query, dict):
        _mend_query(case.path, case.query)
    if case.media_type in _FILES:
        case.body = _FILES[case.media_type]
    elif isinstance(case.body, dict):
        _mend_body(case.path, case.body)


def _mend_query(path: str, query: dict[str, Any]) -> None:
    if "received_after" in query:
        query.pop("from", None)
        query.pop("to", None)
    if {"from", "to"} <= query.keys() and parse_rfc3339(query["from"]) >= parse_rfc3339(query["to"]):
        query["from"], query["to"] = query["to"], query["from"]
        if query["from"] == query["to"]:
            del query["to"]
    if "cursor" in query:
        # Those that are known are of the whole list.
        known = _known.get(f"cursor of {path}")
        if known is None or query.keys() & {"from", "to", "received_after"}:
            del query["cursor"]
        else:
            query["cursor"] = known
    if "receipt" in query:
        query["receipt"] = _known["receipt"]


def _mend_body(path: str, body: dict[str, Any]) -> None:
    for number, lead in enumerate(body.get("leads", ())):
        if "number_of_samples" in lead:
            lead["number_of_samples"] = len(lead["signal"])
        if any(lead["name"] == other["name"] for other in body["leads"][:number]):
            lead["name"] = f"lead {number}"
    if path == "/v1/users" and body["email"] == ANN["email"]:
        # An address is taken once, and others who use this system try the example as well.
        body["email"] = f"{secrets.token_hex(8)}@example.com"
    if path in _CHOOSING:
        body["password"] = f"{secrets.token_urlsafe(18)}{body['password']}"[:MOST_CHARACTERS]
    if "name" in body:
        visible = "".join(character for character in body["name"] if character.isprintable())
        body["name"] = visible.strip() or "Holter"
    if path in _FORMS:
        for name in [name for name, value in body.items() if isinstance(value, list)]:
            del body[name]
    if path == "/v1/token":
        body.pop("scope", None)
        body |= _known["form"]
