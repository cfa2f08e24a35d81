"""The suggestions for a cut: accepted or refused one by one, or all of a kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from cwtui.console.actions import BY_ID
from cwtui.console.dialogs.base import LIST_BINDINGS, ListDialog, close_bindings
from cwtui.console.shown_cut import ShownCut
from cwtui.console.theme import palette_of
from cwtui.console.widgets.columns import Cell, Column, lay_out
from cwtui.console.widgets.row_list import RowList
from cwtui.console.widgets.text_layout import show_around
from cwtui.formatting import plural
from engine.time import timecode

if TYPE_CHECKING:
    from engine.timeline import Suggestion

Decide = Callable[[Sequence["Suggestion"], bool], None]
"""Accepts suggestions, or refuses them if it is False."""

_COLUMNS = (
    Column(7),
    Column(20, grow=3),
    Column(7, right=True),
    Column(5, right=True),
    Column(20, grow=2, rank=1),
)
# Words of context on each side of what a suggestion removes.
_CONTEXT = 8


class SuggestionsDialog(ListDialog[None]):
    """Lists suggestions with the length of the cut before and after. It stays open until it is closed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,y", "decide(True)", "accept"),
        Binding("x", "decide(False)", "refuse"),
        Binding("Y", "decide_kind(True)", "accept all of the kind"),
        Binding("X", "decide_kind(False)", "refuse all of the kind"),
        Binding(BY_ID["undo"].keys, "app.dispatch('undo')", "undo", id="undo"),
        *close_bindings("suggestions", "quit"),
        *LIST_BINDINGS,
    ]

    def __init__(self, shown: ShownCut, found: Sequence[Suggestion], decide: Decide, undo_key: str) -> None:
        super().__init__()
        self._shown, self._decide, self._undo_key = shown, decide, undo_key
        self._found = {one.key: one for one in found}

    def compose(self) -> ComposeResult:
        with Vertical(classes="card wide"):
            yield Static("", classes="title", markup=False)
            yield Static("", classes="details", markup=False)
            yield RowList(self._draw)
            yield Static("", classes="hint reason", markup=False)
            keys = f"y Accept   x Refuse   Y / X All of this kind   {self._undo_key} Undo   esc Close"
            yield Static(keys, classes="hint", markup=False)

    def on_mount(self) -> None:
        self._update()

    def show(self, shown: ShownCut, found: Sequence[Suggestion]) -> None:
        """Shows the suggestions for the cut after a change."""
        self._shown, self._found = shown, {one.key: one for one in found}
        self._update()

    def _update(self) -> None:
        rows, cut = self.query_one(RowList), self._shown.cut
        saved = sum((one.saved for one in self._found.values()), Fraction(0))
        left = max(cut.duration - saved, Fraction(0))
        now, after = (timecode(round(length * cut.rate), cut.rate) for length in (cut.duration, left))
        title = f"{plural(len(self._found), 'suggestion')} for “{cut.name}”" if self._found else "No suggestions left"
        self.query_one(".title", Static).update(title)
        change = f"{now} now, {after} with all of them" if self._found else f"{now} long"
        self.query_one(".details", Static).update(change)
        rows.styles.height = min(max(len(self._found), 1), 14)
        rows.set_rows(list(self._found))
        self._show_reason()

    @on(RowList.RowHighlighted)
    def _show_reason(self) -> None:
        one = self._found.get(self.query_one(RowList).cursor or "")
        self.query_one(".reason", Static).update(one.reason if one else "")

    @on(RowList.RowSelected)
    def _row_selected(self) -> None:
        self.action_decide(True)

    def action_decide(self, accepted: bool) -> None:
        """Accepts or refuses the suggestion under the cursor."""
        if one := self._found.get(self.query_one(RowList).cursor or ""):
            self._submit([one], accepted)

    def action_decide_kind(self, accepted: bool) -> None:
        """Accepts or refuses all suggestions of the kind under the cursor."""
        if one := self._found.get(self.query_one(RowList).cursor or ""):
            self._submit([other for other in self._found.values() if other.kind == one.kind], accepted)

    def _submit(self, chosen: Sequence[Suggestion], accepted: bool) -> None:
        self._decide(chosen, accepted)
        # The next one can be decided while the cut is written.
        self._found = {key: one for key, one in self._found.items() if one not in chosen}
        self._update()

    def _draw(self, key: str, width: int, here: bool) -> Iterable[Segment]:
        from engine.timeline import text_of

        one, styles, words = self._found.get(key), palette_of(self).styles, self._shown.words
        if one is None:
            return
        last = one.first + 1 if one.pause else one.last
        before = text_of(words[max(0, one.first - _CONTEXT) : last if one.pause else one.first])
        after = text_of(words[last : last + _CONTEXT])

        def context(columns: int) -> list[Segment]:
            text = f" {one.text or '…'} "
            parts = show_around(before, text, after, columns)
            kinds = ("quiet", "here", "quiet")
            return [Segment(part, styles[kind]) for part, kind in zip(parts, kinds, strict=True)]

        cells: list[Cell] = [
            (one.kind, styles["strong" if here else "text"]),
            context,
            (f"{float(one.saved):.1f} s", styles["text"]),
            (f"{one.confidence:.0%}", styles["quiet"]),
            (one.reason, styles["faint"]),
        ]
        yield from lay_out(_COLUMNS, cells, width)
