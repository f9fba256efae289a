"""Settings by which the processor would not work stop its start, with a sentence for each."""

import pytest

from service_kit.settings import WrongSettingsError, read
from stream_processor.settings import Settings


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("ECG_PROCESSOR_BATCH_EVENTS", "0", "should be greater than or equal to 1."),
        ("ECG_PROCESSOR_BUFFER_BYTES", "-1", "should be greater than or equal to 1048576."),
        ("ECG_PROCESSOR_BUFFER_BYTES", "15", "should be greater than or equal to 1048576."),
        ("ECG_PROCESSOR_PUBLISH_SECONDS", "0", "should be greater than 0."),
        ("ECG_PROCESSOR_UNFORESEEN_SECONDS", "0", "should be greater than 0."),
        ("ECG_PROCESSOR_STALL_SECONDS", "-30", "should be greater than 0."),
        ("ECG_PROCESSOR_OUTSIDE_GROUP_SECONDS", "0", "should be greater than 0."),
        ("ECG_PROCESSOR_POLL_SECONDS", "2592000", "should be less than or equal to 2073600."),
    ],
)
def test_what_is_wrong_is_said(monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(WrongSettingsError) as raised:
        read(Settings)
    assert raised.value.sentences == [f"{name} {sentence}"]
