"""Rows in columns: cells never touch, whatever they contain and however narrow the row is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from cwtui.console.widgets.columns import Cell, Column, fit_columns, lay_out

from ..records import row_text

PLAIN = Style()
texts = st.text(st.characters(blacklist_categories=("Cc", "Cf", "Cs", "Mn", "Me", "Zl", "Zp")), max_size=40)
columns = st.builds(
    Column,
    width=st.integers(0, 30),
    grow=st.integers(0, 3),
    most=st.sampled_from((0, 30, 40)),
    right=st.booleans(),
    gap=st.integers(0, 3),
    rank=st.integers(0, 4),
)


@st.composite
def rows(draw: st.DrawFn) -> tuple[tuple[Column, ...], list[Cell]]:
    found = draw(st.lists(columns, min_size=1, max_size=8))
    cells: list[Cell] = []
    for _ in found:
        text, parts = draw(texts), draw(st.integers(1, 2))
        cells.append((text, PLAIN) if parts == 1 else [Segment(text[:5], PLAIN), Segment(text[5:], PLAIN)])
    return tuple(found), cells


@given(rows(), st.integers(0, 160))
def test_a_row_has_its_width_and_cells_never_touch(row: tuple[tuple[Column, ...], list[Cell]], width: int) -> None:
    found, cells = row
    text = row_text(lay_out(found, cells, width))
    assert cell_len(text) == width
    # Draw each shown cell full of a letter: the letters of neighbours are apart by a space at least.
    letters: list[Cell] = [(chr(ord("a") + n) * 200, PLAIN) for n in range(len(found))]
    full = row_text(lay_out(found, letters, width)).replace("…", "_")
    shown = [part for part in full.split(" ") if part]
    assert all(len(set(part.rstrip("_"))) <= 1 for part in shown)
    assert len(shown) == sum(room > 0 for room in fit_columns(found, width))


@given(rows(), st.integers(0, 160))
def test_columns_that_give_way_are_those_of_the_highest_rank(
    row: tuple[tuple[Column, ...], list[Cell]], width: int
) -> None:
    found, _ = row
    widths = fit_columns(found, width)
    left_out = [column.rank for column, room in zip(found, widths, strict=True) if not room and column.width]
    kept = [column.rank for column, room in zip(found, widths, strict=True) if room]
    if left_out and kept and min(left_out) > 0:
        assert min(left_out) >= max(kept)


def test_a_text_that_does_not_fit_ends_with_an_ellipsis() -> None:
    found = (Column(12), Column(8, right=True))
    assert row_text(lay_out(found, [("003-IMG_0103_wide", PLAIN), ("00:00:03:15", PLAIN)], 22)) == (
        "003-IMG_010…  00:00:0…"
    )
    assert row_text(lay_out(found, [("日本語", PLAIN), ("", PLAIN)], 22)).rstrip() == "日本語"
