"""Settings come from the environment alone, and a secret does not show itself."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from service_kit.engines.cassandra.settings import CassandraSettings
from service_kit.engines.kafka.settings import KafkaSettings
from service_kit.settings import (
    ServiceSettings,
    WrongSettingsError,
    read,
    unheard,
)


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


def test_proxies_are_networks_and_none_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ServiceSettings().proxies == ()
    monkeypatch.setenv("ECG_PROXIES", "192.0.2.7, 10.0.0.0/8,2001:db8:5::/48")
    expected = ("192.0.2.7/32", "10.0.0.0/8", "2001:db8:5::/48")
    assert tuple(map(str, ServiceSettings().proxies)) == expected


def test_a_level_that_does_not_exist_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECG_LOG_LEVEL", "LOUD")
    with pytest.raises(ValidationError):
        ServiceSettings()


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("ECG_LOG_LEVEL", "LOUD", "ECG_LOG_LEVEL should be 'DEBUG', 'INFO', 'WARNING' or 'ERROR'."),
        ("ECG_HEAD_SECONDS", "0", "ECG_HEAD_SECONDS should be greater than 0."),
        ("ECG_KAFKA", "", "ECG_KAFKA should name a host."),
        ("ECG_KAFKA", "a:1,b:c", "ECG_KAFKA should be host:port, or several of them with commas between."),
        ("ECG_KAFKA", "a:99999", "ECG_KAFKA should be host:port, or several of them with commas between."),
        ("ECG_METRICS_ADDRESS", "a:1,b:2", "ECG_METRICS_ADDRESS should be host:port."),
        ("ECG_METRICS_ADDRESS", "9100", "ECG_METRICS_ADDRESS should be host:port."),
        *(
            ("ECG_PROXIES", listed, "ECG_PROXIES should be addresses or networks, with commas between.")
            for listed in ("proxy.example", "192.0.2.7,10.0.0.1/8", "10.0.0.0/40", "10")
        ),
        ("ECG_KAFKA_CA_FILE", "/none", "ECG_KAFKA_CA_FILE should name a file that is there."),
        ("ECG_SECRETS_DIR", "/none", "ECG_SECRETS_DIR should name a folder that this process may read."),
        (
            "ECG_SECRETS_DIR",
            __file__,
            "ECG_SECRETS_DIR should name a folder that this process may read.",
        ),
    ],
)
def test_what_is_wrong_is_one_sentence_with_the_variables_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(WrongSettingsError) as raised:
        read(_Everything)
    assert raised.value.sentences == [sentence]


def test_all_that_is_wrong_is_told_at_once_and_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECG_LOG_LEVEL", "hush-hush")
    monkeypatch.setenv("ECG_CONNECTIONS", "hush-hush")
    with pytest.raises(WrongSettingsError) as raised:
        read(_Everything)
    assert len(raised.value.sentences) == 2
    assert "hush" not in "".join(raised.value.sentences)


def test_settings_that_are_right_are_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "ecg_kafka").write_text("one, two:2")
    monkeypatch.setenv("ECG_SECRETS_DIR", str(tmp_path))
    assert read(_Everything).kafka == "one, two:2"


def test_a_variable_and_a_file_that_nobody_reads_are_told_of(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "ecg_kafka_pasword").write_text("hush-hush")
    (tmp_path / "demo_password").write_text("of somebody else")
    monkeypatch.setenv("ECG_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("ECG_INGEST_BODY_SECONDS", "hush-hush")
    assert unheard() == [
        "ECG_INGEST_BODY_SECONDS is no setting: nobody reads it; did you mean ECG_BODY_SECONDS?",
        "ECG_KAFKA_PASWORD is no setting: nobody reads it; did you mean ECG_KAFKA_PASSWORD?",
    ]


class _Everything(ServiceSettings, KafkaSettings):
    pass
