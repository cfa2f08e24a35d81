"""Search of spoken words, takes and markers while typing; the hits are grouped by take."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from cwtui.console.dialogs.base import FIELD_LIST_BINDINGS, ListDialog
from cwtui.console.messages import MAX_HITS, SearchCompleted, SearchHit, SearchRequested, TakeHits
from cwtui.console.theme import palette_of
from cwtui.console.widgets.columns import Cell, Column, lay_out
from cwtui.console.widgets.debouncer import Debouncer
from cwtui.console.widgets.row_list import HEADING, RowList
from cwtui.console.widgets.text_layout import pad, show_around
from cwtui.formatting import plural
from engine.time import format_time

_DEBOUNCE_S = 0.12
_SPEAKER_WIDTH = 12
_FOUND = Style(bold=True, underline=True)


class SearchDialog(ListDialog[SearchHit | None]):
    """A search field with the hits below, by take, and the whole sentence of the selected one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "close"),
        Binding("tab", "accept", "use the suggestion", priority=True),
        *FIELD_LIST_BINDINGS,
    ]

    def __init__(self) -> None:
        super().__init__()
        self._takes: dict[str, TakeHits] = {}
        self._hits: dict[str, SearchHit] = {}
        self._phrase = ""
        # The phrase of the hits in the list, and whether Enter was pressed before the hits of the current one came.
        self._found_phrase = ""
        self._submitted = False
        self._suggestion: str | None = None
        self._debouncer = Debouncer(self, _DEBOUNCE_S, self._search)

    @property
    def settled(self) -> bool:
        """Whether no keystroke is waiting to be searched."""
        return self._debouncer.idle

    def compose(self) -> ComposeResult:
        with Vertical(classes="card tall find"):
            yield Static("Find words, takes, markers", classes="title")
            yield Input(placeholder="spoken words, take name or marker", select_on_focus=False)
            yield RowList(self._draw)
            yield Static("", id="sentence", markup=False)
            yield Static("⏎ Open   ↑ ↓ Choose   esc Close", classes="hint", markup=False)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._phrase = event.value.strip()
        self._submitted = False
        self._debouncer.trigger()

    def _search(self) -> None:
        phrase = self._phrase
        self.post_message(SearchRequested(phrase, lambda: phrase == self._phrase, self.post_message))

    @on(SearchCompleted)
    def _found(self, found: SearchCompleted) -> None:
        if found.phrase != self._phrase:
            return
        self._found_phrase = found.phrase
        self._takes = {f"{HEADING}{group.take}": group for group in found.takes}
        groups = {heading: {_key(hit): hit for hit in group.hits} for heading, group in self._takes.items()}
        self._hits = {key: hit for hits in groups.values() for key, hit in hits.items()}
        self._suggestion = found.suggestion
        self.query_one(RowList).set_rows([key for heading, hits in groups.items() for key in (heading, *hits)])
        self.query_one(".hint", Static).update(self._summary(found.phrase))
        self._show_sentence()
        if self._submitted:
            self._submitted = False
            self._open_hit()

    def _summary(self, phrase: str) -> str:
        if not phrase:
            return "⏎ Open   ↑ ↓ Choose   esc Close"
        if self._hits:
            more = " or more" if len(self._hits) >= MAX_HITS else ""
            return f"{plural(len(self._hits), 'hit')}{more} in {plural(len(self._takes), 'take')}   ⏎ Open   esc Close"
        if self._suggestion:
            return f"No words match “{phrase}”; did you mean {self._suggestion}?   ⏎ Yes   esc Close"
        return f"No words, takes or markers match “{phrase}”.   esc Close"

    @on(RowList.RowHighlighted)
    def _show_sentence(self) -> None:
        """Shows the whole sentence of the selected hit, wrapped."""
        hit, styles = self._selected, palette_of(self).styles
        text = Text()
        if hit:
            text.append(f"{hit.speaker}: " if hit.speaker else "", styles["accent"])
            text.append(hit.before, styles["quiet"])
            text.append(hit.text, styles["accent"] + _FOUND)
            text.append(hit.after, styles["quiet"])
        self.query_one("#sentence", Static).update(text)

    @property
    def _selected(self) -> SearchHit | None:
        return self._hits.get(self.query_one(RowList).cursor or "")

    def action_accept(self) -> None:
        """Searches for the suggested phrase."""
        if self._suggestion:
            field = self.query_one(Input)
            field.value = self._suggestion
            field.cursor_position = len(self._suggestion)

    @on(RowList.RowSelected)
    @on(Input.Submitted)
    def _open_hit(self) -> None:
        if self._found_phrase != self._phrase:
            self._submitted = True
            self._debouncer.cancel()
            self._search()
        elif hit := self._selected:
            self.dismiss(hit)
        else:
            self.action_accept()

    def _draw(self, key: str, width: int, here: bool) -> Iterable[Segment]:
        styles = palette_of(self).styles
        if group := self._takes.get(key):
            yield Segment(pad(f"{group.label}  ", min(len(group.label) + 2, width)), styles["accent"])
            yield Segment(pad(f"{group.file}  {plural(len(group.hits), 'hit')}", width), styles["quiet"])
            return
        hit = self._hits[key]
        column = min(max(len(one.speaker or one.kind) for one in self._hits.values()), _SPEAKER_WIDTH)
        columns = Column(10), Column(column), Column(10, grow=1)

        def context(room: int) -> list[Segment]:
            before, text, after = show_around(hit.before, hit.text, hit.after, room)
            return [
                Segment(before, styles["text"]),
                Segment(text, styles["accent"] + _FOUND),
                Segment(after, styles["text"]),
            ]

        cells: list[Cell] = [
            (format_time(hit.at), styles["quiet"]),
            (hit.speaker or hit.kind, styles["faint"]),
            context,
        ]
        yield from lay_out(columns, cells, width)


def _key(hit: SearchHit) -> str:
    """The key of a hit's row. It stays the same while the phrase grows, so that the cursor stays on the hit."""
    return f"{hit.take} {hit.kind} {hit.at}{'' if hit.kind == 'word' else hit.text}"
