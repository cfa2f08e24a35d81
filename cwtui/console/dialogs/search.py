"""Search of spoken words, takes and markers while typing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.segment import Segment
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from cwtui.console.dialogs.base import Dialog
from cwtui.console.messages import MAX_HITS, SearchCompleted, SearchHit, SearchRequested
from cwtui.console.theme import palette_of
from cwtui.console.widgets.columns import Cell, Column, lay_out
from cwtui.console.widgets.debouncer import Debouncer
from cwtui.console.widgets.row_list import RowList
from cwtui.formatting import plural
from engine.time import format_time

_DEBOUNCE_S = 0.12
_COLUMNS = (Column(2), Column(14, gap=1, grow=1, most=24), Column(10), Column(7, rank=1), Column(20, grow=3))


class SearchDialog(Dialog[SearchHit | None]):
    """A search field with its results below."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "close"),
        Binding("up", "move(-1)", "up", priority=True),
        Binding("down", "move(1)", "down", priority=True),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._hits: dict[str, SearchHit] = {}
        self._phrase = ""
        self._debouncer = Debouncer(self, _DEBOUNCE_S, self._search)

    @property
    def settled(self) -> bool:
        """Whether no keystroke is waiting to be searched."""
        return self._debouncer.idle

    def compose(self) -> ComposeResult:
        with Vertical(classes="card tall"):
            yield Static("Find words, takes, markers", classes="title")
            yield Input(placeholder="spoken words, take name or marker", select_on_focus=False)
            yield RowList(self._draw)
            yield Static("⏎ Open   ↑ ↓ Choose   esc Close", classes="hint", markup=False)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._phrase = event.value.strip()
        self._debouncer.trigger()

    def _search(self) -> None:
        phrase = self._phrase
        self.post_message(SearchRequested(phrase, lambda: phrase == self._phrase, self.post_message))

    @on(SearchCompleted)
    def _found(self, found: SearchCompleted) -> None:
        if found.phrase != self._phrase:
            return
        self._hits = {f"{n:04d}": hit for n, hit in enumerate(found.hits)}
        self.query_one(RowList).set_rows(list(self._hits))
        more = " or more" if len(found.hits) == MAX_HITS else ""
        summary = f"{plural(len(found.hits), 'result')}{more}   ⏎ Open   esc Close" if found.phrase else ""
        self.query(Static).last().update(summary)

    def action_move(self, steps: int) -> None:
        self.query_one(RowList).move_by(steps)

    @on(RowList.RowSelected)
    @on(Input.Submitted)
    def _open_hit(self) -> None:
        if hit := self._hits.get(self.query_one(RowList).cursor or ""):
            self.dismiss(hit)

    def _draw(self, key: str, width: int, here: bool) -> Iterable[Segment]:
        styles = palette_of(self).styles
        hit = self._hits[key]
        cells: list[Cell] = [
            (" ▸" if here else "", styles["accent"]),
            (hit.label, styles["text"]),
            (format_time(hit.at), styles["quiet"]),
            (hit.kind, styles["faint"]),
            (hit.text, styles["strong" if here else "text"]),
        ]
        yield from lay_out(_COLUMNS, cells, width)
