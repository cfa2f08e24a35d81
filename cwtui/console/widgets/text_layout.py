"""Text truncated or padded to a width in cells, and values as columns of blocks."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size

BLOCKS = " ▁▂▃▄▅▆▇█"


# Out of 255 of full scale: quieter sound is not scaled up to full height.
_MIN_PEAK = 10


def truncate(text: str, width: int) -> str:
    """Returns at most `width` cells of a line, with … at the end where it is truncated."""
    plain = text.replace("\n", " ").replace("\t", " ")
    return plain if cell_len(plain) <= width else set_cell_size(plain, max(0, width - 1)) + "…" if width > 0 else ""


def truncate_left(text: str, width: int) -> str:
    """Returns at most `width` cells from the end of a line; for paths."""
    if cell_len(text) <= width:
        return text
    return f"…{set_cell_size(text[::-1], width - 1)[::-1]}" if width > 1 else ""


def pad(text: str, width: int, right: bool = False) -> str:
    """Returns exactly `width` cells: truncated, or padded with spaces."""
    kept = truncate(text, width)
    gap = " " * (width - cell_len(kept))
    return gap + kept if right else kept + gap


def bin_max(values: Sequence[int], width: int) -> list[int]:
    """Returns the highest value of each of `width` equal parts; 0 without values."""
    count = len(values)
    parts = (values[n * count // width : max((n + 1) * count // width, n * count // width + 1)] for n in range(width))
    return [max(part, default=0) for part in parts]


def block_char(eighths: int, base: int) -> str:
    """Returns the block of a column in line `base` from the bottom, where it is never empty."""
    return BLOCKS[min(8, max(eighths - base * 8, base == 0))]


def sparkline(values: Sequence[int], width: int) -> str:
    """A line of blocks, the highest of each share of `values` (0 to 255); spaces where there are none.

    The scale ends at the loudest value, and at least at the level of quiet speech.
    """
    if not values:
        return " " * width
    shares = bin_max(values, width)
    top = max(*shares, _MIN_PEAK)
    return "".join(BLOCKS[max(1, round((share / top) * 8))] for share in shares)
