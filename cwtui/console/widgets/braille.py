"""Line plots in braille characters: two columns and four rows of dots a cell."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import isfinite
from typing import NamedTuple

# The dots of a braille character: the left column and the right one, from the bottom.
_DOTS = ((0x40, 0x04, 0x02, 0x01), (0x80, 0x20, 0x10, 0x08))
_BRAILLE = 0x2800


class PlotScale(NamedTuple):
    """The values at the bottom and at the top, and the number of lines between them."""

    low: float
    high: float
    lines: int

    def dot(self, value: float) -> int:
        """Returns the row of dots of a value, counted from the bottom and clamped to the scale."""
        dots = self.lines * 4
        return min(dots - 1, max(0, round((value - self.low) / (self.high - self.low) * (dots - 1))))


def plot(values: Sequence[float], count: Fraction, width: int, scale: PlotScale) -> dict[tuple[int, int], int]:
    """The dots of each cell (column, row from below) of a line through values, of which the whole width has `count`.

    A value that is no number leaves a gap.
    """
    cells: dict[tuple[int, int], int] = {}
    last: int | None = None
    for x in range(width * 2):
        n = int(x * count / (width * 2))
        if n >= len(values) or not isfinite(values[n]):
            last = None
            continue
        here = scale.dot(values[n])
        for dot in range(min(here, here if last is None else last), max(here, here if last is None else last) + 1):
            cell = (x // 2, dot // 4)
            cells[cell] = cells.get(cell, 0) | _DOTS[x % 2][dot % 4]
        last = here
    return cells


def cell_char(dots: int) -> str:
    """Returns the braille character with these dots."""
    return chr(_BRAILLE + dots)
