"""What was refused to a device is told in totals, and what is no such event is told apart."""

from uuid import UUID, uuid4

import msgspec
import pytest

from schemas.cloudevents import UndecodableEventError
from schemas.refusals import Refusals, decode_refusals, encode_refusals

TOLD = Refusals(uuid4(), uuid4(), uuid4(), "2026-W48", {"invalid": 3, "too-large": 1}, "2026-11-23T08:31:02Z")


def test_an_event_is_read_as_it_was_written() -> None:
    record = encode_refusals(TOLD)
    assert decode_refusals(record.value) == TOLD
    assert record.key == f"{TOLD.owner_id}/{TOLD.device_id}".encode()


def test_the_same_totals_are_the_same_event_and_more_are_another() -> None:
    more = msgspec.structs.replace(TOLD, refused={"invalid": 4, "too-large": 1})
    first, again, later = (dict(encode_refusals(one).headers)["ce_id"] for one in (TOLD, TOLD, more))
    assert first == again != later
    assert UUID(first.decode())


@pytest.mark.parametrize(
    "changed",
    [
        {"week": "2026-48"},
        {"refused": {}},
        {"refused": {"invalid": 0}},
        {"refused": {"in valid": 1}},
        {"refused": {"invalid": 1.5}},
        {"refused": {f"kind-{'x' * number}": 1 for number in range(41)}},
        {"last_refused_at": "yesterday"},
        {"owner_id": "somebody"},
    ],
)
def test_what_is_no_such_event_is_told(changed: dict[str, object]) -> None:
    with pytest.raises(UndecodableEventError):
        decode_refusals(msgspec.json.encode(msgspec.to_builtins(TOLD) | changed))


@pytest.mark.parametrize("value", [None, b"", b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_told(value: bytes | None) -> None:
    with pytest.raises(UndecodableEventError):
        decode_refusals(value)
