import pytest

from benchmarks.results import Results
from benchmarks.table import every_figure, markdown, number, ratio_of, row, table, verdict
from benchmarks.targets import TARGETS, Target

CPU = Target("cpu", "ours/cpu", 1.5, to="floor/cpu", ratio=1.5)
RATE = Target("rate", "ours/rate", 650, at_least=True, to="floor/rate", ratio=1.5)
WORTH = Target("worth", "ours/rate", at_least=True, to="reference/rate", ratio=8, worth=True)


def results(**figures: float) -> Results:
    found = Results()
    for name, value in figures.items():
        found.add(name.replace("_", "/"), "ms", value)
    return found


@pytest.mark.parametrize(
    ("target", "figures", "ratio", "said"),
    [
        (CPU, {"ours_cpu": 1.2, "floor_cpu": 1.0}, 1.2, ""),
        (CPU, {"ours_cpu": 1.6, "floor_cpu": 1.2}, 1.33, "missed"),
        (CPU, {"ours_cpu": 1.4, "floor_cpu": 0.7}, 2.0, "missed"),
        (CPU, {"ours_cpu": 1.4}, None, "not compared"),
        (RATE, {"ours_rate": 700, "floor_rate": 910}, 1.3, ""),
        (RATE, {"ours_rate": 600, "floor_rate": 600}, 1.0, "missed"),
        (RATE, {"ours_rate": 700, "floor_rate": 1400}, 2.0, "missed"),
        (WORTH, {"ours_rate": 400, "reference_rate": 40}, 10.0, ""),
        (WORTH, {"ours_rate": 400, "reference_rate": 80}, 5.0, "missed"),
    ],
)
def test_a_target_is_met_by_its_limit_and_its_ratio(
    target: Target, figures: dict[str, float], ratio: float | None, said: str
) -> None:
    found = results(**figures)

    assert ratio_of(found, target) == (ratio if ratio is None else pytest.approx(ratio, abs=0.01))
    assert verdict(found, target) == said


def test_a_row_names_the_aim_the_floor_and_what_was_measured() -> None:
    assert row(results(ours_cpu=1.6, floor_cpu=1.2), CPU) == (
        "cpu",
        "<= 1.5, <= 1.5 x",
        "1.2",
        "1.6 ms",
        "1.33",
        "missed",
    )


def test_the_table_leaves_out_what_was_not_measured() -> None:
    found = Results()
    found.add("latency/killed/seconds", "s", 1.7)

    lines = table(found).splitlines()

    assert len(lines) == 3
    assert "kill -9" in lines[2]
    assert "missed" not in lines[2]
    assert table(Results()) == "Nothing of the table was measured."


def test_every_row_compares_with_something_where_it_has_a_ratio() -> None:
    assert all(target.to is not None for target in TARGETS if target.ratio is not None)


def test_every_figure_shows_its_spread() -> None:
    found = Results()
    for value in (1.0, 3.0, 2.0):
        found.add("a", "ms", value)

    assert "| a      | 2      | 1 to 3 | ms   |" in every_figure(found)


def test_columns_are_aligned() -> None:
    lines = markdown(("a", "long head"), [("a long cell", "b")]).splitlines()

    assert len({len(line) for line in lines}) == 1


@pytest.mark.parametrize(
    ("value", "text"), [(1234.5, "1,234"), (100.0, "100"), (12.345, "12.3"), (0.7, "0.7"), (0.0, "0")]
)
def test_numbers_have_three_digits_that_mean_something(value: float, text: str) -> None:
    assert number(value) == text
