"""The acquisition's date, in every legal form; one that cannot be read is an error, and never silently none."""

import pytest

from formats.dicom.file import read
from harness.dicom_files import Group, dataset, written
from schemas.problems import MalformedError
from schemas.times import parse_rfc3339


def date_of(**told: str) -> int | None:
    file = dataset(Group([[1]]))
    for keyword, text in told.items():
        # As it stands, whatever pydicom thinks of it.
        file.add_new(keyword, "LO", text)
    return read(written(file)).ecg.date


@pytest.mark.parametrize(
    ("told", "instant"),
    [
        ({"AcquisitionDateTime": "20250714093005.25+0200"}, "2025-07-14T07:30:05.25Z"),
        ({"AcquisitionDateTime": "20250714093005.123456"}, "2025-07-14T09:30:05.123456Z"),
        ({"AcquisitionDateTime": "20250714093005", "TimezoneOffsetFromUTC": "+0200"}, "2025-07-14T07:30:05Z"),
        (
            {"AcquisitionDateTime": "20250714093005-0330", "TimezoneOffsetFromUTC": "+0200"},
            "2025-07-14T13:00:05Z",
        ),
        ({"AcquisitionDateTime": "202507140930"}, "2025-07-14T09:30:00Z"),
        ({"AcquisitionDateTime": "2025071409+0100"}, "2025-07-14T08:00:00Z"),
        ({"AcquisitionDateTime": "20250714"}, "2025-07-14T00:00:00Z"),
        ({"AcquisitionDateTime": "20161231235960"}, "2017-01-01T00:00:00Z"),
        ({"AcquisitionDate": "20250714", "AcquisitionTime": "093005.5"}, "2025-07-14T09:30:05.5Z"),
        ({"AcquisitionDate": "2025.07.14", "AcquisitionTime": "09:30"}, "2025-07-14T09:30:00Z"),
        ({"AcquisitionDate": "20250714"}, "2025-07-14T00:00:00Z"),
        (
            {"ContentDate": "20250714", "ContentTime": "0930", "TimezoneOffsetFromUTC": "-0500"},
            "2025-07-14T14:30:00Z",
        ),
        ({"ContentDate": "20250101", "AcquisitionDateTime": "20250714093005"}, "2025-07-14T09:30:05Z"),
        ({"ContentDate": "20250101", "AcquisitionDate": "20250714"}, "2025-07-14T00:00:00Z"),
    ],
)
def test_a_date_is_read_in_every_legal_form(told: dict[str, str], instant: str) -> None:
    assert date_of(**told) == parse_rfc3339(instant)


def test_without_a_date_there_is_none() -> None:
    assert date_of() is None
    assert date_of(AcquisitionDateTime="", ContentDate=" ", StudyDate="20250714") is None


@pytest.mark.parametrize(
    ("told", "element"),
    [
        ({"AcquisitionDateTime": "2025"}, r"\(0008,002A\)"),
        ({"AcquisitionDateTime": "202507"}, r"\(0008,002A\)"),
        ({"AcquisitionDateTime": "yesterday"}, r"\(0008,002A\)"),
        ({"AcquisitionDateTime": "20250230093005"}, r"\(0008,002A\)"),
        ({"AcquisitionDateTime": "20250714253005"}, r"\(0008,002A\)"),
        ({"AcquisitionDateTime": "20250714093005+9900"}, r"\(0008,002A\)"),
        ({"AcquisitionDateTime": "20250714093005", "TimezoneOffsetFromUTC": "CEST"}, r"\(0008,002A\)"),
        ({"AcquisitionDate": "20250714", "AcquisitionTime": "noon"}, r"\(0008,0022\)"),
        ({"ContentDate": "14.07.2025"}, r"\(0008,0023\)"),
    ],
)
def test_a_date_that_cannot_be_read_is_told_by_its_element(told: dict[str, str], element: str) -> None:
    with pytest.raises(MalformedError, match=element) as caught:
        date_of(**told)
    assert caught.value.offset
    assert not any(text in str(caught.value) for text in told.values())
