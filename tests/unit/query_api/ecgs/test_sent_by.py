"""What a device may hear of an ECG: of what it sent itself, and that its upload is still to come or never will."""

from uuid import UUID, uuid4

import pytest

from query_api.ecgs.choosing import UploadStatus
from query_api.ecgs.finding import EXPIRED, LOST, Found, sent_by
from tests.unit.query_api.ecgs.rows import row

DEVICE = UUID(int=7)
PENDING = UploadStatus("aa", "accepted")


def test_of_what_it_sent_it_hears_what_its_owner_does() -> None:
    found = Found([row(device_id=None), row(device_id=DEVICE)], None)
    assert sent_by(DEVICE, found) is found


def test_of_what_others_sent_it_hears_nothing() -> None:
    others = [row(device_id=uuid4()), row(device_id=None)]
    assert sent_by(DEVICE, Found(others, None)) is None
    for became in (UploadStatus("aa", "computed"), UploadStatus("aa", "rejected", "a rule is broken")):
        assert sent_by(DEVICE, Found(others, became)) is None


@pytest.mark.parametrize(
    "became", [PENDING, UploadStatus("aa", "rejected", EXPIRED), UploadStatus("aa", "rejected", LOST)]
)
def test_what_is_to_come_or_never_will_is_told_without_what_others_sent(became: UploadStatus) -> None:
    assert sent_by(DEVICE, Found([row(device_id=None)], became)) == Found([], became)
