"""A viewer for texts that are longer than the screen."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from cwtui.console.dialogs.base import Dialog


class TextViewer(Dialog[None]):
    """A title and a scrolling text; `at_end` starts at the end of it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "dismiss(None)", "close"),
        Binding("down,j", "scroll(1)", "down"),
        Binding("up,k", "scroll(-1)", "up"),
        Binding("pagedown,space", "scroll(12)", "page down"),
        Binding("pageup", "scroll(-12)", "page up"),
    ]

    def __init__(self, title: str, text: Text, *, broad: bool = False, at_end: bool = False) -> None:
        super().__init__()
        self._title, self._text, self._at_end = title, text, at_end
        self._card_classes = "card tall broad" if broad else "card tall"

    def compose(self) -> ComposeResult:
        with Vertical(classes=self._card_classes):
            yield Static(self._title, classes="title", markup=False)
            with VerticalScroll(can_focus=False):
                yield Static(self._text)
            yield Static("↑ ↓ Scroll   esc Close", classes="hint", markup=False)

    def on_mount(self) -> None:
        if self._at_end:
            self.query_one(VerticalScroll).scroll_end(animate=False)

    def action_scroll(self, lines: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)
