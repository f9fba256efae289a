"""Every setting that is a number is bounded: what a service could not work by stops its start, by the name of it."""

import types
from collections.abc import Iterator
from typing import Any, get_args, get_origin

import pytest
from pydantic_settings import BaseSettings

import ingest_api.settings
import query_api.settings
import stream_processor.settings
from service_kit.settings import WrongSettingsError, read

ALL = (ingest_api.settings.Settings, query_api.settings.Settings, stream_processor.settings.Settings)
# Where 0 is a word of its own: no limit, nobody waits, no wait is granted.
ZERO_MEANS_SOMETHING = {
    "requests_per_second",
    "waiters",
    "wait_seconds",
    "ingest_bytes_per_day",
    "ingest_disk_free_bytes",
}
NO_NUMBERS = ("", "none", "nan", "1,000")
WITHOUT_END = ("inf", "-inf", "1e400", "1" + "0" * 30)


def is_number(annotation: Any) -> bool:
    if get_origin(annotation) is types.UnionType:
        return any(is_number(one) for one in get_args(annotation))
    return annotation in (int, float)


def numbers() -> Iterator[tuple[type[BaseSettings], str]]:
    for settings in ALL:
        for name, field in settings.model_fields.items():
            if is_number(field.annotation):
                yield settings, name


NUMBERS = [pytest.param(*one, id=f"{one[0].__module__}-{one[1]}") for one in numbers()]


def test_there_are_many() -> None:
    assert len(NUMBERS) > 40


@pytest.mark.parametrize(("settings", "name"), NUMBERS)
def test_what_no_service_can_work_by_is_refused(
    monkeypatch: pytest.MonkeyPatch, settings: Any, name: str
) -> None:
    variable = f"ECG_{name.upper()}"
    zero = () if name in ZERO_MEANS_SOMETHING else ("0", "-0.0")
    for wrong in ("-1", *zero, *NO_NUMBERS, *WITHOUT_END):
        monkeypatch.setenv(variable, wrong)
        with pytest.raises(WrongSettingsError) as refused:
            read(settings)
        assert refused.value.sentences[0].startswith(f"{variable} "), wrong


@pytest.mark.parametrize(("settings", "name"), NUMBERS)
def test_a_number_is_bounded_on_both_sides(settings: Any, name: str) -> None:
    """So that no other way to write too much is taken."""
    bounds = {type(one).__name__ for one in settings.model_fields[name].metadata}
    assert bounds & {"Ge", "Gt"}
    assert bounds & {"Le", "Lt"}


@pytest.mark.parametrize(
    ("settings", "name"),
    [(one, name) for one in ALL for name in sorted(ZERO_MEANS_SOMETHING & set(one.model_fields))],
)
def test_zero_is_taken_where_it_means_something(
    monkeypatch: pytest.MonkeyPatch, settings: Any, name: str
) -> None:
    monkeypatch.setenv(f"ECG_{name.upper()}", "0")
    assert getattr(read(settings), name) == 0
