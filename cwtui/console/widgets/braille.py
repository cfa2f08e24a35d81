"""Values over time as a line of braille: two columns and four rows of dots to a cell."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import isfinite
from typing import NamedTuple

# The dots of a braille sign, its left column and its right one, from below.
_DOTS = ((0x40, 0x04, 0x02, 0x01), (0x80, 0x20, 0x10, 0x08))
_BRAILLE = 0x2800


class PlotScale(NamedTuple):
    """From which value to which, over how many lines of the screen."""

    low: float
    high: float
    lines: int

    def dot(self, value: float) -> int:
        """The row of dots of a value, from below; those beyond the ends are at the ends."""
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
    """The braille sign with these dots."""
    return chr(_BRAILLE + dots)
