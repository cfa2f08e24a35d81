"""Values as columns of block characters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

BLOCKS = " ▁▂▃▄▅▆▇█"

# Out of 255 of full scale: quieter sound is not scaled up to full height.
_MIN_PEAK = 10

_Number = TypeVar("_Number", int, float)


def equal_parts(values: Sequence[_Number], width: int) -> Iterator[Sequence[_Number]]:
    """Yields `width` equal parts of values, of one value each where there are fewer; empty ones without values."""
    for n in range(width):
        first = n * len(values) // width
        yield values[first : max((n + 1) * len(values) // width, first + 1)]


def bin_max(values: Sequence[_Number], width: int) -> list[_Number]:
    """Returns the highest value of each of `width` equal parts; 0 without values."""
    return [max(part, default=0) for part in equal_parts(values, width)]


def block_char(eighths: int, base: int) -> str:
    """Returns the block of a column in line `base` from the bottom, where it is never empty."""
    return BLOCKS[min(8, max(eighths - base * 8, base == 0))]


def sparkline(values: Sequence[int], width: int) -> str:
    """A line of blocks, the highest of each share of `values` (0 to 255); spaces where there are none.

    No block is full, so that the lines of a list do not touch. The scale ends at the loudest value, and at least at
    the level of quiet speech.
    """
    if not values:
        return " " * width
    shares = bin_max(values, width)
    top = max(*shares, _MIN_PEAK)
    return "".join(BLOCKS[max(1, round((share / top) * 7))] for share in shares)
