"""Audit events read back as they were written; what is no block is refused."""

import pytest

from schemas.audit import decode_audit
from schemas.cloudevents import Record, UndecodableEventError
from schemas.documents import samples


def read(record: Record, **changes: bytes) -> object:
    headers = {**dict(record.headers), **{f"ce_{name}": value for name, value in changes.items()}}
    return decode_audit(record.key, record.value, list(headers.items()))


def test_a_block_reads_back() -> None:
    record = samples.audit_block()
    found = decode_audit(record.key, record.value, record.headers)
    assert found.value == record.value
    assert found.hash == samples.headers(record)["ce_hash"]
    assert found.block.entries[0].entities == ("ecg/ecg-17",)


@pytest.mark.parametrize(
    ("key", "value"),
    [(b"another", None), (None, b""), (None, b"{}"), (None, b'{"chain":"x"}'), (None, b"[1")],
)
def test_what_is_no_block_is_refused(key: bytes | None, value: bytes | None) -> None:
    good = samples.audit_block()
    record = Record(key or good.key, good.value if value is None else value, good.headers)
    with pytest.raises(UndecodableEventError):
        decode_audit(record.key, record.value, record.headers)


def test_an_event_of_another_type_is_refused() -> None:
    with pytest.raises(UndecodableEventError):
        read(samples.audit_block(), type=b"ecg.identity.v1")
