"""The palette: a search field with all actions, and with recipes, takes and projects as targets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, Static

from cwtui.console.dialogs.base import FIELD_LIST_BINDINGS, ListDialog
from cwtui.console.dialogs.fuzzy_match import FuzzyMatch, fuzzy_match
from cwtui.console.theme import palette_of
from cwtui.console.widgets.row_list import RowList
from cwtui.console.widgets.text_layout import pad, truncate
from cwtui.formatting import plural

_PLACE_WIDTH = 11
_KEYS_WIDTH = 8
_MATCH = Style(bold=True, underline=True)


@dataclass(frozen=True, slots=True)
class PaletteEntry:
    """An action or a target: its title, the screen where it is done, its keys, and why it is disabled now.

    `summary` is its command line, or what it opens. `terms` are further words by which it is found.
    """

    id: str
    title: str
    place: str
    keys: str = ""
    disabled_reason: str = ""
    summary: str = ""
    terms: str = ""


class PaletteEntriesLoaded(Message):
    """Further entries, which a worker has read."""

    def __init__(self, entries: Sequence[PaletteEntry]) -> None:
        super().__init__()
        self.entries = entries


class ActionPalette(ListDialog[str | None]):
    """Finds entries by fuzzy search; returns the id of the chosen one. A disabled one shows its reason and stays."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "close"),
        *FIELD_LIST_BINDINGS,
    ]

    def __init__(self, entries: Sequence[PaletteEntry]) -> None:
        super().__init__()
        self._entries = {entry.id: entry for entry in entries}
        self._matches: dict[str, FuzzyMatch] = {}
        self._query = ""

    def compose(self) -> ComposeResult:
        with Vertical(classes="card tall find"):
            yield Static("Actions, recipes, takes, projects", classes="title")
            yield Input(placeholder="what to do, or where to go", select_on_focus=False)
            yield RowList(self._draw)
            yield Static("", id="sentence", markup=False)
            yield Static("", classes="hint", markup=False)

    def on_mount(self) -> None:
        self._show_matches()

    @on(PaletteEntriesLoaded)
    def _add(self, loaded: PaletteEntriesLoaded) -> None:
        self._entries |= {entry.id: entry for entry in loaded.entries}
        self._show_matches()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._query = event.value.strip()
        self._show_matches()
        # The best match is the one that Enter runs.
        self.query_one(RowList).move_to_end(False)

    def _show_matches(self) -> None:
        found = {
            entry.id: match
            for entry in self._entries.values()
            if (match := fuzzy_match(self._query, f"{entry.title} {entry.place} {entry.terms}"))
        }
        self._matches = found
        order = sorted(found, key=lambda key: -_rank(self._entries[key], found[key])) if self._query else list(found)
        self.query_one(RowList).set_rows(order)
        count = plural(len(order), "match", "matches") if order else f"Nothing matches “{self._query}”."
        self.query_one(".hint", Static).update(f"{count}   ⏎ Run   ↑ ↓ Choose   esc Close")
        self._show_summary()

    @on(RowList.RowHighlighted)
    def _show_summary(self) -> None:
        entry = self._selected
        self.query_one("#sentence", Static).update((entry.disabled_reason or entry.summary) if entry else "")

    @property
    def _selected(self) -> PaletteEntry | None:
        return self._entries.get(self.query_one(RowList).cursor or "")

    @on(RowList.RowSelected)
    @on(Input.Submitted)
    def _run(self) -> None:
        if entry := self._selected:
            self.dismiss(entry.id)

    def _draw(self, key: str, width: int, here: bool) -> Iterable[Segment]:
        styles = palette_of(self).styles
        entry, match = self._entries[key], self._matches.get(key)
        off = bool(entry.disabled_reason)
        plain = styles["faint" if off else "strong" if here else "text"]
        middle = width - 3 - _PLACE_WIDTH - _KEYS_WIDTH
        title = truncate(entry.title, middle)
        yield Segment(" ▸ " if here else "   ", styles["accent"])
        for n, character in enumerate(title):
            yield Segment(character, plain + _MATCH if match and n in match.characters else plain)
        reason = f"  {entry.disabled_reason}" if off else ""
        yield Segment(pad(reason, middle - len(title)), styles["faint"])
        yield Segment(pad(entry.place, _PLACE_WIDTH), styles["quiet"])
        yield Segment(pad(entry.keys, _KEYS_WIDTH), styles["faint" if off else "accent"])


def _rank(entry: PaletteEntry, match: FuzzyMatch) -> float:
    """The score of a match; one in the title alone is better than an equal one in the name of the screen."""
    return match.score + (max(match.characters, default=0) < len(entry.title))
