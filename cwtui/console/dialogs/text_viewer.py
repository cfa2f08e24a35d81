"""A viewer for texts that are longer than the screen."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from cwtui.console.dialogs.base import LIST_BINDINGS, Dialog, close_bindings

_HINT = "↑ ↓ Scroll   g Start   G End   esc Close"


class TextViewer(Dialog[None]):
    """A title and a scrolling text, wrapped at the width; `at_end` starts at the end of it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *close_bindings("quit"),
        Binding("enter", "dismiss(None)", "close"),
        *LIST_BINDINGS,
    ]

    def __init__(self, title: str, text: Text, *, broad: bool = False, at_end: bool = False, hint: str = _HINT) -> None:
        super().__init__()
        self._hint = hint
        self._title, self._text, self._at_end = title, text, at_end
        self._card_classes = "card tall broad" if broad else "card tall"

    def compose(self) -> ComposeResult:
        with Vertical(classes=self._card_classes):
            yield Static(self._title, classes="title", markup=False)
            with VerticalScroll(can_focus=False):
                yield Static(self._text)
            yield Static(self._hint, classes="hint", markup=False)

    def on_mount(self) -> None:
        if self._at_end:
            self.query_one(VerticalScroll).scroll_end(animate=False)

    def action_move_rows(self, lines: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def action_move_pages(self, pages: int) -> None:
        view = self.query_one(VerticalScroll)
        view.scroll_relative(y=pages * max(1, view.scrollable_content_region.height - 1), animate=False)

    def action_move_to_end(self, last: bool) -> None:
        view = self.query_one(VerticalScroll)
        if last:
            view.scroll_end(animate=False)
        else:
            view.scroll_home(animate=False)
