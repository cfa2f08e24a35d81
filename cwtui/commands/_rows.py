"""Prints many rows of one line each in aligned columns."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

_GAP = 2


def print_rows(
    console: Console,
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    right: Collection[str] = (),
    heading_style: str = "",
) -> None:
    """Prints rows of cells with markup; the columns named in `right` are right-aligned.

    Cells are cut with an ellipsis if a row is wider than the console. Otherwise, the cells are padded here, because
    Rich's table takes about 1 ms for each row.
    """
    cells = [[Text(heading, heading_style) for heading in headings]]
    cells += [
        [Text.from_markup(cell, emoji=False) if "[" in cell or "\\" in cell else Text(cell) for cell in row]
        for row in rows
    ]
    sizes = [[cell.cell_len for cell in row] for row in cells]
    widths = [max(column) for column in zip(*sizes, strict=True)]
    if sum(widths) + _GAP * (len(widths) - 1) > console.width:
        table = Table(box=None, pad_edge=False, header_style=heading_style, padding=(0, _GAP, 0, 0))
        for heading in headings:
            table.add_column(
                heading, justify="right" if heading in right else "left", no_wrap=True, overflow="ellipsis"
            )
        for row in cells[1:]:
            table.add_row(*row)
        console.print(table)
        return
    lines = Text()
    for row, lengths in zip(cells, sizes, strict=True):
        padding = 0
        for heading, cell, length, width in zip(headings, row, lengths, widths, strict=True):
            before = width - length if heading in right else 0
            if length:
                lines.append(" " * (padding + before)).append_text(cell)
                padding = 0
            padding += _GAP + width - (before if length else 0) - length
        lines.append("\n")
    lines.right_crop()
    console.print(lines, soft_wrap=True)
