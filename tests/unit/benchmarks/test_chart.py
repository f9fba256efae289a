import re
from xml.etree import ElementTree as ET

import pytest

from benchmarks.chart import BAR_WIDTH, chart
from benchmarks.publish import BEGIN, END, placed, shown
from benchmarks.results import Results, about


def measured() -> Results:
    results = Results(about("quick"))
    results.add("pipeline/reference/rate", "ECG/s", 40)
    results.add("pipeline/ours/rate", "ECG/s", 400)
    return results


def test_the_longest_bar_of_a_group_fills_it_and_the_others_are_in_proportion() -> None:
    drawn = chart(measured())

    ET.fromstring(drawn)
    assert [float(width) for width in re.findall(r'<rect [^>]*width="([\d.]+)"', drawn)] == [
        BAR_WIDTH / 10,
        BAR_WIDTH,
    ]
    assert "400 ECG/s" in drawn
    assert "Insights read" not in drawn


def test_a_result_takes_the_place_of_the_last_one_on_the_page() -> None:
    page = f"before\n{BEGIN}\nold\n{END}\nafter\n"

    assert placed(page, "new") == f"before\n{BEGIN}\nnew\n{END}\nafter\n"
    with pytest.raises(ValueError, match="no place"):
        placed("a page of something else", "new")


def test_the_page_says_what_was_measured_and_on_what() -> None:
    text = shown(measured())

    assert "POST to stored, sustained" in text
    assert "cores" in text
    assert "| pipeline/ours/rate" in text
