from pathlib import Path

import pytest

from benchmarks.results import Results, about


def measured(**figures: list[float]) -> Results:
    results = Results()
    for name, rounds in figures.items():
        for value in rounds:
            results.add(name, "ms", value)
    return results


def test_a_figure_is_the_median_of_its_rounds() -> None:
    results = measured(cpu=[9.0, 1.0, 2.0])

    assert results.median("cpu") == 2.0
    assert results.median("other") is None


def test_a_ratio_is_taken_round_by_round_so_that_a_slow_moment_of_the_machine_cancels_out() -> None:
    results = measured(ours=[1.5, 30.0, 3.0], floor=[1.0, 20.0, 1.0])

    assert results.ratio("ours", "floor") == pytest.approx(1.5)
    assert results.ratio("ours", "other") is None


@pytest.mark.parametrize("floor", [[1.0, 2.0], [1.0, 0.0, 1.0]])
def test_there_is_no_ratio_to_what_was_not_measured_in_each_round(floor: list[float]) -> None:
    assert measured(ours=[1.0, 2.0, 3.0], floor=floor).ratio("ours", "floor") is None


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    results = measured(cpu=[3.0, 1.0])
    results.about = {"commit": "abc"}
    path = tmp_path / "made" / "result.json"

    results.write(path)
    again = Results.read(path)

    assert again.about == results.about
    assert again.figures == results.figures


def test_a_result_says_what_it_was_measured_on() -> None:
    said = about("quick")

    assert said["machine"]["cores"] >= 1
    assert said["versions"]["faust-streaming"]
    assert said["date"].endswith("+00:00")
