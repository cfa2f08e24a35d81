"""Rows of one line each look the same as in Rich's table, which takes much longer; the list of an ingest."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cwtui.commands._rows import print_rows
from cwtui.commands._tables import show_ingest

_HEADINGS = ("", "take", "length", "sound")
_CELLS = st.text(st.sampled_from("ab 水[]\\★:é"), max_size=6).map(lambda text: escape(text.strip()))
_STYLED = _CELLS.map(lambda cell: f"[green]{cell}[/]" if cell and not cell.endswith("\\") else "")


def printed(width: int, rows: list[tuple[str, ...]], table: bool) -> list[str]:
    """The lines that a terminal of this width gets, with their colours."""
    console = Console(
        file=io.StringIO(), width=width, force_terminal=True, color_system="truecolor", highlight=False, emoji=False
    )
    if table:
        by_rich = Table(box=None, pad_edge=False, header_style="grey62", padding=(0, 2, 0, 0))
        for heading in _HEADINGS:
            justify = "right" if heading == "length" else "left"
            by_rich.add_column(heading, justify=justify, no_wrap=True, overflow="ellipsis")  # type: ignore[arg-type]
        for row in rows:
            by_rich.add_row(*row)
        console.print(by_rich)
    else:
        print_rows(console, _HEADINGS, rows, right=("length",), heading_style="grey62")
    return console.file.getvalue().splitlines()  # type: ignore[attr-defined]


def without_styles(line: str) -> str:
    from rich.text import Text

    return Text.from_ansi(line).plain.rstrip()


@given(st.lists(st.tuples(_STYLED, _CELLS, _CELLS, _STYLED), min_size=1, max_size=5))
def test_rows_are_those_of_a_table(rows: list[tuple[str, ...]]) -> None:
    ours, expected = printed(80, rows, table=False), printed(80, rows, table=True)
    assert [without_styles(line) for line in ours] == [without_styles(line) for line in expected]
    assert sum(line.count("\x1b[32m") for line in ours) == sum(cell != "" for row in rows for cell in (row[0], row[3]))


def test_rows_wider_than_the_terminal_are_cut_with_an_ellipsis_but_not_their_numbers() -> None:
    rows = [("", "a" * 40, "00:00:01:00", "c" * 40), ("", "a", "00:10:00:00", "")]

    lines = [without_styles(line) for line in printed(40, rows, table=False)]

    assert lines[1:] == [f"  {'a' * 10}…  00:00:01:00  {'c' * 11}…", f"  a{' ' * 12}00:10:00:00"]


def test_rows_of_a_very_narrow_terminal_fit() -> None:
    rows = [("x" * 9, "a" * 40, "00:00:01:00", "c" * 40)]
    assert [len(without_styles(line)) for line in printed(14, rows, table=False)][1:] == [14]


def test_a_file_that_is_already_in_the_project_is_named_with_its_take() -> None:
    console = Console(file=io.StringIO(), width=80)
    known = [{"path": "/card/it's [x].mov", "take": "002-IMG_0102"}]

    show_ingest(
        console, {"takes": [], "already_here": [], "duplicates": known, "failed": [], "skipped": [], "seal": None}
    )

    assert console.file.getvalue() == "· it's [x].mov is already in the project as 002-IMG_0102\n"  # type: ignore[attr-defined]
