"""The list of one's own ECGs, page by page, on real engines."""

import pytest

from harness.querying import DAY, NOON, Query, Rows, walk
from harness.running import User
from schemas.times import format_rfc3339, parse_rfc3339


def test_the_list_goes_on_over_months_newest_first(query: Query, user: User, rows: Rows) -> None:
    dates = {f"ecg-{number:02}": NOON - (number // 2) * 9 * DAY for number in range(24)}
    dates["ancient"] = parse_rfc3339("1903-02-01T00:00:00Z")
    for ecg_id, date in dates.items():
        rows.listed(ecg_id, date)
        rows.computed(ecg_id, date=date)

    items, pages = walk(query, user, "/v1/ecgs?limit=7")
    assert [item["id"] for item in items] == sorted(dates, key=lambda ecg_id: (-dates[ecg_id], ecg_id))
    assert pages == 4
    assert items[0].keys() == {
        "id",
        "date",
        "date_source",
        "accepted_at",
        "leads",
        "number_of_samples",
        "sampling_frequency",
        "status",
        "device_id",
        "links",
    }

    since, before = format_rfc3339(NOON - 40 * DAY), format_rfc3339(NOON - 9 * DAY)
    within, _ = walk(query, user, f"/v1/ecgs?limit=3&from={since}&to={before}")
    assert [item["id"] for item in within] == [f"ecg-{number:02}" for number in range(4, 10)]


def test_a_list_of_hundreds_of_months_is_read_to_its_end(query: Query, user: User, rows: Rows) -> None:
    months = [f"{year:04}-{month:02}" for year in range(1990, 2012) for month in range(1, 13)]
    for month in months:
        rows.listed(f"ecg-{month}", parse_rfc3339(f"{month}-15T00:00:00Z"))

    items, _ = walk(query, user, "/v1/ecgs?limit=200")
    assert [item["id"] for item in items] == [f"ecg-{month}" for month in reversed(months)]
    sparse = query.get("/v1/ecgs?from=1990-01-01T00:00:00Z&to=1990-02-01T00:00:00Z", user).json()
    assert [item["id"] for item in sparse["items"]] == ["ecg-1990-01"]


def test_a_cursor_is_of_one_owner_and_one_list(query: Query, user: User, rows: Rows) -> None:
    for number in range(3):
        rows.listed(f"ecg-{number}", NOON)
    path = query.get("/v1/ecgs?limit=1", user).json()["next"]
    cursor = path.partition("cursor=")[2]
    last = "A" if cursor[-1] != "A" else "B"

    assert query.get(path, user).json()["items"][0]["id"] == "ecg-1"
    assert query.get(f"/v1/ecgs?limit=2&cursor={cursor}", user).status_code == 200
    for wrong, whose in (
        (path, query.new_user()),
        (f"{path}&from=2026-01-01T00:00:00Z", user),
        (path[:-1] + last, user),
    ):
        answer = query.get(wrong, whose)
        assert answer.status_code == 422
        assert [error["parameter"] for error in answer.json()["errors"]] == ["cursor"]


@pytest.mark.parametrize(
    ("question", "parameter"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=all", "limit"),
        ("limit=1.5", "limit"),
        ("limit=99999999999999999999", "limit"),
        ("from=yesterday", "from"),
        ("to=2026-11-23", "to"),
        ("to=2026-11-23T08:30:00", "to"),
        ("from=2026-02-30T00:00:00Z", "from"),
        ("from=2026-11-23T08:30:00Z&to=2026-11-23T08:30:00Z", "to"),
    ],
)
def test_a_bad_question_names_its_parameter(query: Query, user: User, question: str, parameter: str) -> None:
    answer = query.get(f"/v1/ecgs?{question}", user)

    assert answer.status_code == 422
    assert [error["parameter"] for error in answer.json()["errors"]] == [parameter]
    assert question.partition("=")[2].partition("&")[0] not in answer.text


def test_the_ends_of_time_are_dates_too(query: Query, user: User) -> None:
    for question in (
        "from=0001-01-01T00:00:00%2B23:59",
        "to=9999-12-31T23:59:59-23:59",
        "from=0001-01-01T00:00:00Z&to=0001-01-01T00:00:01Z",
    ):
        assert query.get(f"/v1/ecgs?{question}", user).json() == {"items": [], "next": None}
