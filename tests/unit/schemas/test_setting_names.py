"""The names are those of the README, and another one is told of, without its value."""

import pytest

from schemas import setting_names
from schemas.setting_names import unknown
from tests import readme


def test_they_are_the_readmes() -> None:
    known = [setting_names.OF_SERVICES, setting_names.OF_THE_MACHINE, setting_names.OF_CALLERS]
    assert [set(table) for table in readme.tables_of_settings()] == known


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("ECG_CORS_ORIGIN", "; did you mean ECG_CORS_ORIGINS?"),
        ("ECG_KAFKA_PASWORD", "; did you mean ECG_KAFKA_PASSWORD?"),
        ("ECG_INGEST_BODY_SECONDS", "; did you mean ECG_BODY_SECONDS?"),
        ("ECG_COLOUR", ""),
    ],
)
def test_a_name_that_nobody_knows_is_told_of(name: str, said: str) -> None:
    assert list(unknown(["PATH", name, "ECG_CORS_ORIGINS"])) == [
        f"{name} is no setting: nobody reads it{said}"
    ]
