"""Positions are in the order of the log, and behind all that was stored before there were any."""

from itertools import product, starmap

from schemas.positions import NO_POSITION, OFFSETS, position_of
from schemas.times import parse_rfc3339


def test_a_later_incarnation_lies_behind_every_offset_of_an_earlier_one() -> None:
    places = list(product([1, 2, 3, 8_000_000], [0, 1, 41, OFFSETS - 1]))
    positions = list(starmap(position_of, places))
    assert positions == sorted(set(positions))
    assert NO_POSITION < positions[0] <= positions[-1] < 2**63


def test_every_position_lies_behind_what_was_ordered_by_its_acceptance() -> None:
    assert position_of(1, 0) > parse_rfc3339("2041-01-01T00:00:00Z")


def test_positions_are_frozen_as_rows_hold_them() -> None:
    assert position_of(1, 41) == 2_252_899_325_313_065
