"""Prompts over a screen: a line of text, or one of several choices."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static

from cwtui.console.dialogs.base import LIST_BINDINGS, Dialog, ListDialog, close_bindings
from cwtui.console.theme import palette_of
from cwtui.console.widgets.columns import Cell, Column, lay_out
from cwtui.console.widgets.row_list import RowList


class TextPrompt(Dialog[str | None]):
    """Prompts for a line of text; returns None when cancelled or empty. `suggestions` complete what is typed.

    With `refuse`, which returns why a text is not accepted, the prompt stays open with the text and the reason.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "cancel")]

    def __init__(
        self,
        question: str,
        value: str = "",
        hint: str = "",
        suggestions: Sequence[str] = (),
        refuse: Callable[[str], str] | None = None,
    ) -> None:
        super().__init__()
        self._refuse = refuse
        self._question, self._value, self._hint = question, value, hint
        self._suggester = SuggestFromList(suggestions, case_sensitive=False) if suggestions else None

    def compose(self) -> ComposeResult:
        with Vertical(classes="card"):
            yield Static(self._question, classes="title", markup=False)
            yield Input(self._value, select_on_focus=False, suggester=self._suggester)
            reason = Static("", classes="reason", markup=False)
            reason.display = False
            yield reason
            yield Static(self._hint or "⏎ OK   esc Cancel", classes="hint", markup=False)

    @on(Input.Submitted)
    def _written(self, event: Input.Submitted) -> None:
        if self._refuse and (reason := self._refuse(event.value)):
            self._show_reason(reason)
        else:
            self.dismiss(event.value.strip() or None)

    @on(Input.Changed)
    def _typed(self) -> None:
        self._show_reason("")

    def _show_reason(self, reason: str) -> None:
        line = self.query_one(".reason", Static)
        line.update(reason)
        line.display = bool(reason)


class ChoicePrompt(ListDialog[str | None]):
    """Prompts for one of several `choices` of (id, label, remark); returns its id, or None when cancelled.

    `details` is text between the question and the choices.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *close_bindings("quit"),
        Binding("enter", "take", "choose"),
        *LIST_BINDINGS,
    ]

    def __init__(
        self,
        question: str,
        choices: Sequence[tuple[str, str, str]],
        at: str | None = None,
        details: str = "",
        hint: str = "⏎ Choose   esc Cancel",
    ) -> None:
        super().__init__()
        self._hint = hint
        self._question, self._at, self._details = question, at, details
        self._choices = {choice[0]: choice[1:] for choice in choices}

    def compose(self) -> ComposeResult:
        with Vertical(classes="card"):
            yield Static(self._question, classes="title", markup=False)
            if self._details:
                yield Static(self._details, classes="details", markup=False)
            yield RowList(self._draw)
            yield Static(self._hint, classes="hint", markup=False)

    def on_mount(self) -> None:
        rows = self.query_one(RowList)
        rows.styles.height = min(len(self._choices), 16)
        rows.set_rows(list(self._choices))
        rows.move_to(self._at)

    @on(RowList.RowSelected)
    def action_take(self) -> None:
        self.dismiss(self.query_one(RowList).cursor)

    def _draw(self, key: str, width: int, here: bool) -> Iterable[Segment]:
        styles = palette_of(self).styles
        shown, parts = self._choices[key]
        left = min(max(cell_len(choice[0]) for choice in self._choices.values()), width // 2)
        cells: list[Cell] = [
            (shown, styles["strong" if here else "text"]),
            (parts, styles["quiet"]),
        ]
        yield from lay_out((Column(left), Column(8, grow=1)), cells, width)
