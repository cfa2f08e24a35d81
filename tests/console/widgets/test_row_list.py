"""RowList: the cursor, the heading that stays on top, and the selection."""

from __future__ import annotations

from collections.abc import Iterable

from rich.segment import Segment
from textual.app import App, ComposeResult

from cwtui.console.widgets.row_list import HEADING, RowList

KEYS = [f"{HEADING}first", "a", "b", "c", f"{HEADING}second", "d", "e"]


class ListApp(App[None]):
    """A list in an app of its own."""

    CSS = "RowList { scrollbar-size-vertical: 0; }"

    def __init__(self) -> None:
        super().__init__()
        self.selections: list[frozenset[str]] = []

    def compose(self) -> ComposeResult:
        yield RowList(self._draw, header=lambda width: [Segment("heading")])

    def on_row_list_selection_changed(self, event: RowList.SelectionChanged) -> None:
        self.selections.append(event.selected)

    def _draw(self, key: str, width: int, here: bool) -> Iterable[Segment]:
        yield Segment(f"{'+' if key in self.query_one(RowList).selected else ' '}{key}")

    def lines(self) -> list[str]:
        return [strip.text.rstrip() for strip in self.screen._compositor.render_strips(self.size)]


async def test_the_heading_stays_on_top_while_the_rows_scroll() -> None:
    app = ListApp()
    async with app.run_test(size=(20, 4)) as pilot:
        rows = app.query_one(RowList)
        rows.set_rows(KEYS)
        await pilot.pause()
        assert app.lines() == [" heading", "  #first", "▍ a", "  b"]
        rows.move_to_end(True)
        await pilot.pause()
        assert app.lines() == [" heading", "  #second", "  d", "▍ e"]
        await pilot.click(RowList, offset=(1, 0))
        assert rows.cursor == "e"
        await pilot.click(RowList, offset=(1, 2))
        assert rows.cursor == "d"


async def test_rows_are_selected_one_by_one_as_a_range_and_all() -> None:
    app = ListApp()
    async with app.run_test(size=(20, 9)) as pilot:
        rows = app.query_one(RowList)
        rows.set_rows(KEYS)
        await pilot.pause()
        rows.toggle_selected()
        assert (rows.selected, rows.cursor) == ({"a"}, "b")
        rows.move_to("d")
        rows.select_range()
        # Headings are no rows.
        assert rows.selected == {"a", "b", "c", "d"}
        await pilot.pause()
        assert app.lines()[:8] == [" heading", "  #first", " +a", " +b", " +c", "  #second", "▍+d", "  e"]
        # A selection stays while its rows are not listed.
        rows.set_rows(["c", "e"])
        rows.select_all()
        assert rows.selected == {"a", "b", "c", "d", "e"}
        rows.move_to("c")
        rows.toggle_selected()
        rows.select_none()
        rows.select_range()
        await pilot.pause()
        assert app.selections[-3:] == [{"a", "b", "d", "e"}, frozenset(), {"e"}]
        rows.set_selected(["a"])
        await pilot.click(RowList, offset=(1, 1), control=True)
        assert rows.selected == {"a", "c"}
        await pilot.pause()
        assert len(app.selections) == 7
