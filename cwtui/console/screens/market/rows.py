"""A package as a row of Market."""

from __future__ import annotations

from collections.abc import Iterator

from rich.segment import Segment

from cwtui.console.screens.row_style import RowStyle
from cwtui.console.widgets.columns import Column, lay_out
from cwtui.console.workers.market_reader import ListedPackage

KINDS = {
    "look": "Looks",
    "lut": "Tables",
    "title": "Titles",
    "intro": "Intros",
    "motion-graphic": "Motion graphics",
    "caption-style": "Caption styles",
    "sound-chain": "Sound chains",
    "recipe": "Recipes",
    "science-recipe": "Science recipes",
}


def package_row(package: ListedPackage, row: RowStyle) -> Iterator[Segment]:
    """Whether a package is installed, its title, and its author with the version."""
    styles = row.styles
    mark, kind = ("✓", "accent") if package.preset else ("·", "faint")
    if package.wrong:
        mark, kind = "!", "red"
    elif package.newest:
        mark, kind = "↑", "amber"
    columns = (Column(2), Column(12, gap=1, grow=2), Column(10, grow=1, rank=1), Column(7, right=True, rank=2))
    cells = [
        (f" {mark}", styles[kind]),
        (package.title, row.name),
        (package.id.partition("/")[0], styles["quiet"]),
        (package.version, styles["faint"]),
    ]
    yield from lay_out(columns, cells, row.width)
