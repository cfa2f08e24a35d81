"""A line plot has its dots where its values are, and gaps where it has none."""

from __future__ import annotations

import math
from fractions import Fraction

from cwtui.console.widgets.braille import PlotScale, cell_char, plot

SCALE = PlotScale(0.0, 7.0, 2)


def test_a_constant_is_a_row_of_dots() -> None:
    cells = plot([0.0] * 8, Fraction(8), 4, SCALE)
    assert {cell: cell_char(dots) for cell, dots in cells.items()} == {(x, 0): "⣀" for x in range(4)}


def test_a_rise_is_joined_by_a_vertical_line() -> None:
    cells = plot([0.0, 7.0], Fraction(2), 1, SCALE)
    assert cell_char(cells[0, 0]) == "⣸"
    assert cell_char(cells[0, 1]) == "⢸"


def test_values_outside_the_scale_stay_at_its_edge() -> None:
    assert plot([99.0, -99.0], Fraction(2), 1, SCALE).keys() == {(0, 0), (0, 1)}


def test_a_value_that_is_no_number_leaves_a_gap() -> None:
    assert plot([math.nan, -math.inf], Fraction(2), 1, SCALE) == {}
    # With fewer values than columns, the remaining columns are empty.
    assert {x for x, _ in plot([1.0, 1.0], Fraction(8), 4, SCALE)} == {0}
