"""Prints many rows of one line each in aligned columns."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rich.console import Console
from rich.text import Text

_GAP = 2
# Columns of text stay this wide before a column of numbers is cut.
_LEAST = 4


def print_rows(
    console: Console,
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    right: Collection[str] = (),
    heading_style: str = "",
) -> None:
    """Prints rows of cells with markup; the columns named in `right` are right-aligned.

    If a row is wider than the console, the widest columns are cut with an ellipsis, those in `right` last: a number
    without its end is wrong. The cells are padded here, because Rich's table takes about 1 ms for each row.
    """
    cells = [[Text(heading, heading_style) for heading in headings]]
    cells += [
        [Text.from_markup(cell, emoji=False) if "[" in cell or "\\" in cell else Text(cell) for cell in row]
        for row in rows
    ]
    widths = [max(cell.cell_len for cell in column) for column in zip(*cells, strict=True)]
    room = console.width - _GAP * (len(widths) - 1)
    if sum(widths) > room:
        _narrow(widths, room, [heading in right for heading in headings])
    lines = Text()
    for row in cells:
        padding = 0
        for heading, cell, width in zip(headings, row, widths, strict=True):
            if cell.cell_len > width:
                cell.truncate(width, overflow="ellipsis")
            length = cell.cell_len
            before = width - length if heading in right else 0
            if length:
                lines.append(" " * (padding + before)).append_text(cell)
                padding = 0
            padding += _GAP + width - (before if length else 0) - length
        lines.append("\n")
    lines.right_crop()
    console.print(lines, soft_wrap=True)


def _narrow(widths: list[int], room: int, kept: Sequence[bool]) -> None:
    """Take columns from the widest until all fit in `room`; those that are `kept` only if the others are narrow."""
    while sum(widths) > room and max(widths) > 1:
        open_columns = [n for n, width in enumerate(widths) if width > _LEAST and not kept[n]] or range(len(widths))
        widths[max(open_columns, key=lambda n: widths[n])] -= 1
