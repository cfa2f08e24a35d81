"""Rows laid out in columns, with a gap between any two."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from cwtui.console.widgets.text_layout import pad, truncate

Content = tuple[str, Style] | list[Segment]
"""A text and its style, or several."""

Cell = Content | Callable[[int], Content]
"""The content of a column. A function gets the column's width in cells; it is called only if the column is shown."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list.

    `width` is in cells. A column that grows has at least this width, and a share of the rest by `grow`, up to `most`.
    `gap` is the number of spaces before it. Where a row is too narrow, the column with the highest `rank` is left out
    first, and columns of rank 0 never.
    """

    width: int
    heading: str = ""
    grow: int = 0
    most: int = 0
    right: bool = False
    gap: int = 2
    rank: int = 0


@lru_cache(maxsize=512)
def fit_columns(columns: tuple[Column, ...], width: int) -> tuple[int, ...]:
    """Returns the widths of the columns in a row of `width` cells; 0 for a column that is left out."""
    shown = list(range(len(columns)))
    while _total(columns, shown) > width and (ranked := [n for n in shown if columns[n].rank]):
        shown.remove(max(ranked, key=lambda n: columns[n].rank))
    widths = [column.width if n in shown else 0 for n, column in enumerate(columns)]
    growing = [n for n in shown if columns[n].grow]
    while (rest := width - _total(columns, shown, widths)) > 0 and growing:
        shares = sum(columns[n].grow for n in growing)
        for n in growing:
            share = max(1, rest * columns[n].grow // shares)
            wanted = min(widths[n] + share, columns[n].most or width)
            widths[n] = min(wanted, widths[n] + max(0, width - _total(columns, shown, widths)))
        growing = [n for n in growing if not columns[n].most or widths[n] < columns[n].most]
    # What is still too wide is cut at the right end.
    at = 0
    for place, n in enumerate(shown):
        at += _gap(columns[n], place)
        widths[n] = max(0, min(widths[n], width - at))
        at += widths[n]
    return tuple(widths)


def lay_out(columns: Sequence[Column], cells: Sequence[Cell], width: int) -> Iterator[Segment]:
    """Returns a row of exactly `width` cells. Texts that do not fit end with an ellipsis.

    A gap has the colour of the text after it: a segment of its own would be sent as a change of colours.
    """
    used, place = 0, 0
    for column, cell, room in zip(columns, cells, fit_columns(tuple(columns), width), strict=True):
        if not room:
            continue
        gap = _gap(column, place)
        content = cell(room) if callable(cell) else cell
        if isinstance(content, tuple):
            text, style = content
            yield Segment(" " * gap + pad(text, room, column.right), style)
        else:
            if gap:
                yield Segment(" " * gap)
            yield from _fit_segments(content, room)
        used, place = used + gap + room, place + 1
    if used < width:
        yield Segment(" " * (width - used))


def lay_out_headings(columns: Sequence[Column], style: Style, width: int) -> Iterator[Segment]:
    """Returns the row of the columns' headings."""
    yield from lay_out(columns, [(column.heading, style) for column in columns], width)


def _fit_segments(segments: Sequence[Segment], width: int) -> Iterator[Segment]:
    left = width
    for text, style, _ in segments:
        if text and left > 0:
            fitted = truncate(text, left)
            left -= cell_len(fitted)
            yield Segment(fitted, style)
    if left > 0:
        yield Segment(" " * left)


def _gap(column: Column, place: int) -> int:
    return max(1, column.gap) if place else 0


def _total(columns: Sequence[Column], shown: Sequence[int], widths: Sequence[int] = ()) -> int:
    return sum((widths[n] if widths else columns[n].width) + _gap(columns[n], place) for place, n in enumerate(shown))
