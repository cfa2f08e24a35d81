"""A list that draws only visible lines and sends only changed ones. Several of its rows can be selected."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from cwtui.console.theme import palette_of

RowRenderer = Callable[[str, int, bool], Iterable[Segment]]
"""Draws a row: its key, the width, and whether the cursor is on it."""

HeaderRenderer = Callable[[int], Iterable[Segment]]
"""Draws the headings of the columns in a width."""

HEADING = "#"
"""The prefix of keys of headings, which do not take the cursor."""

_HEADING_STYLE = Style(bold=True)
_CURSOR = "▍"
# The cursor's bar on the left, and a space on the right, so that no row touches what is beside the list.
_MARGINS = 2


class RowList(ScrollView, can_focus=False):
    """Rows by key, one line each. The cursor stays on its row when others are added or removed.

    The list draws the cursor, as a bar in front of its row; rows are drawn two cells narrower than the list.
    The headings of the columns, if there are any, stay on top. `selected` are the keys of selected rows; those of rows
    that the list does not show at present are kept. If the list is not `active`, because another one of the screen is,
    the cursor is a bar alone.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"row-list--header"}
    DEFAULT_CSS = """
    RowList > .row-list--header { background: $panel; }
    """

    class RowHighlighted(Message):
        """The cursor moved to another row."""

        def __init__(self, rows: RowList, key: str | None) -> None:
            super().__init__()
            self.rows = rows
            self.key = key

    class RowSelected(Message):
        """A row was double-clicked."""

        def __init__(self, rows: RowList, key: str) -> None:
            super().__init__()
            self.rows = rows
            self.key = key

    class SelectionChanged(Message):
        """Rows were selected or deselected; `selected` are the keys of all selected rows."""

        def __init__(self, rows: RowList, selected: frozenset[str]) -> None:
            super().__init__()
            self.rows = rows
            self.selected = selected

    def __init__(self, draw: RowRenderer, *, header: HeaderRenderer | None = None, id: str | None = None) -> None:
        super().__init__(id=id)
        self._draw_row = draw
        self._draw_header = header
        self._keys: list[str] = []
        self._at: dict[str, int] = {}
        # The lines that take the cursor.
        self._rows: list[int] = []
        self._refresh_pending = False
        self._strips: dict[int, Strip] = {}
        self.cursor: str | None = None
        self.active = True
        self.selected: frozenset[str] = frozenset()
        # The row from which a range is selected: the one that was selected last.
        self._anchor: str | None = None

    @property
    def keys(self) -> Sequence[str]:
        """The keys of all rows, with headings."""
        return self._keys

    @property
    def row_width(self) -> int:
        """The width in which rows are drawn."""
        return max(0, self.scrollable_content_region.width - _MARGINS)

    def set_rows(self, keys: Sequence[str]) -> None:
        """Sets the rows. The cursor stays on its row, or moves to the one in its place."""
        before, index = self.cursor, self._at.get(self.cursor or "", 0)
        if keys != self._keys:
            self._keys = list(keys)
            self._at = {key: n for n, key in enumerate(self._keys)}
            self._rows = [n for n, key in enumerate(self._keys) if not key.startswith(HEADING)]
            self.virtual_size = Size(self.size.width, len(self._keys) + self._header_height)
            self._strips.clear()
            self.refresh()
        if self.cursor not in self._at:
            self.cursor = self._nearest(index)
        if self.cursor != before:
            self.post_message(self.RowHighlighted(self, self.cursor))
        self._show_cursor()
        self.refresh_changed()

    def refresh_changed(self) -> None:
        """Draws the visible lines that have changed."""
        top, width = round(self.scroll_offset.y), self.scrollable_content_region.width
        for line in range(top, min(top + self._row_height, len(self._keys))):
            if self._strips.get(line) != self._strip(line, width):
                self._redraw(line)

    def refresh_soon(self) -> None:
        """Draws changed lines after the next refresh, once for any number of calls."""
        if not self._refresh_pending:
            self._refresh_pending = True
            self.call_after_refresh(self._refresh_now)

    def _refresh_now(self) -> None:
        self._refresh_pending = False
        self.refresh_changed()

    def move_by(self, steps: int) -> None:
        """Moves the cursor by rows, past headings; it stops at the ends."""
        if not self._rows:
            return
        here = bisect_left(self._rows, self._at.get(self.cursor or "", 0))
        self.move_to(self._keys[self._rows[min(max(here + steps, 0), len(self._rows) - 1)]])

    def move_pages(self, pages: int) -> None:
        """Moves the cursor by screenfuls."""
        self.move_by(pages * max(1, self._row_height - 1))

    def move_to_end(self, last: bool) -> None:
        """Moves the cursor to the first row, or the last."""
        self.move_by(len(self._keys) if last else -len(self._keys))

    def move_to(self, key: str | None) -> None:
        """Moves the cursor to a row, if there is one with this key."""
        if key is None or key not in self._at or key == self.cursor:
            return
        lines = (self._at.get(self.cursor or "", 0), self._at[key])
        self.cursor = key
        self._show_cursor()
        for line in lines:
            self._redraw(line)
        self.post_message(self.RowHighlighted(self, key))

    # Selection

    def set_selected(self, keys: Iterable[str]) -> None:
        """Selects exactly these rows, without a message."""
        selected = frozenset(keys)
        if selected != self.selected:
            self.selected = selected
            self.refresh_changed()

    def toggle_selected(self) -> None:
        """Selects the row under the cursor, or deselects it, and moves to the next row."""
        if self.cursor is not None:
            self._anchor = self.cursor
            self._select(self.selected ^ {self.cursor})
            self.move_by(1)

    def select_range(self) -> None:
        """Selects the rows from the one that was selected last to the cursor; without one, the row under the cursor."""
        if self.cursor is None:
            return
        here = self._at[self.cursor]
        start = self._at.get(self._anchor or "", here) if self.selected else here
        self._anchor = self.cursor
        lines = range(min(start, here), max(start, here) + 1)
        self._select(self.selected | {key for line in lines if not (key := self._keys[line]).startswith(HEADING)})

    def select_all(self) -> None:
        """Selects all rows that are listed, in addition to others that are selected."""
        self._select(self.selected | {self._keys[line] for line in self._rows})

    def select_none(self) -> None:
        """Deselects all rows."""
        self._anchor = None
        self._select(frozenset())

    def _select(self, selected: frozenset[str]) -> None:
        if selected != self.selected:
            self.set_selected(selected)
            self.post_message(self.SelectionChanged(self, selected))

    # Rendering

    @property
    def _header_height(self) -> int:
        return 0 if self._draw_header is None else 1

    @property
    def _row_height(self) -> int:
        """The number of lines for rows."""
        return max(0, self.scrollable_content_region.height - self._header_height)

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        if y < self._header_height and self._draw_header:
            style = self.get_component_rich_style("row-list--header")
            header = Strip([Segment(" "), *self._draw_header(self.row_width)])
            return header.adjust_cell_length(width).apply_style(style)
        line = round(self.scroll_offset.y) + y - self._header_height
        if line >= len(self._keys):
            return Strip.blank(width, self.rich_style)
        if len(self._strips) > 4 * max(self.size.height, 1):
            self._strips.clear()
        strip = self._strips[line] = self._strip(line, width)
        return strip

    def _redraw(self, line: int) -> None:
        y = line - round(self.scroll_offset.y) + self._header_height
        if self._header_height <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))

    def _strip(self, line: int, width: int) -> Strip:
        key = self._keys[line]
        here = key == self.cursor
        palette = palette_of(self)
        # Neighbours in one colour are sent as one run.
        row = Strip(self._draw_row(key, self.row_width, here)).simplify().adjust_cell_length(self.row_width)
        bar = Segment(_CURSOR if here else " ", palette.styles["accent"])
        strip = Strip([bar, *row]).adjust_cell_length(width).apply_style(self.rich_style)
        if key.startswith(HEADING):
            return strip.apply_style(_HEADING_STYLE)
        if not here or not self.active:
            return strip
        ground = palette.selection_style
        return Strip([Segment(text, (style or Style()) + ground, control) for text, style, control in strip], width)

    def _nearest(self, index: int) -> str | None:
        after = bisect_left(self._rows, index)
        return self._keys[self._rows[min(after, len(self._rows) - 1)]] if self._rows else None

    def _show_cursor(self) -> None:
        line = self._at.get(self.cursor or "")
        height = self._row_height
        if line is None or not height:
            return
        # Show the heading above the first row of a group.
        top = line - 1 if line and self._keys[line - 1].startswith(HEADING) else line
        now = round(self.scroll_offset.y)
        if top < now:
            self._scroll_rows(top)
        elif line >= now + height:
            self._scroll_rows(line - height + 1)

    def _scroll_rows(self, top: int) -> None:
        # Rows that were just set have no scroll bar yet, without which Textual scrolls only by force.
        self.scroll_to(y=top, animate=False, immediate=True, force=True)

    def on_resize(self, event: events.Resize) -> None:
        """Draws all lines for the new width."""
        self.virtual_size = Size(event.size.width, len(self._keys) + self._header_height)
        self._strips.clear()
        self._show_cursor()

    def on_click(self, event: events.Click) -> None:
        """Moves the cursor; with ctrl, selects the row, with shift, a range; a double click posts RowSelected."""
        line = round(self.scroll_offset.y) + event.y - self._header_height
        if event.y < self._header_height or line >= len(self._keys) or self._keys[line].startswith(HEADING):
            return
        key = self._keys[line]
        self.move_to(key)
        if event.ctrl:
            self._anchor = key
            self._select(self.selected ^ {key})
        elif event.shift:
            self.select_range()
        elif event.chain == 2:
            self.post_message(self.RowSelected(self, key))
