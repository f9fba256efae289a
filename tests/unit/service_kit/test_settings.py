"""Settings come from the environment alone, and a secret does not show itself."""

import pytest
from pydantic import ValidationError

from service_kit.settings import CassandraSettings, KafkaSettings, ServiceSettings


def test_every_setting_has_the_one_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECG_KAFKA", "broker:9092")
    monkeypatch.setenv("ECG_CASSANDRA_PASSWORD", "hush-hush")
    settings = CassandraSettings()
    assert KafkaSettings().kafka == "broker:9092"
    assert settings.cassandra_password is not None
    assert "hush-hush" not in repr(settings)


@pytest.mark.parametrize(
    ("given", "origins"),
    [
        ("", []),
        ("https://a.example", ["https://a.example"]),
        (" https://a , https://b,", ["https://a", "https://b"]),
    ],
)
def test_origins_are_a_list_and_none_by_default(given: str, origins: list[str]) -> None:
    assert ServiceSettings(cors_origins=given).allowed_origins() == origins


def test_a_level_that_does_not_exist_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECG_LOG_LEVEL", "LOUD")
    with pytest.raises(ValidationError):
        ServiceSettings()
