"""Something to read over a room, longer than there is room for."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from cwtui.console.dialogs.base import Dialog


class TextViewer(Dialog[None]):
    """A title and a text; `at_end` shows the last of it first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "dismiss(None)", "leave"),
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
        """All of it."""
        with Vertical(classes=self._card_classes):
            yield Static(self._title, classes="title", markup=False)
            with VerticalScroll(can_focus=False):
                yield Static(self._text)
            yield Static("↑ ↓ scroll   esc leaves", classes="hint", markup=False)

    def on_mount(self) -> None:
        """Where it is read first."""
        if self._at_end:
            self.query_one(VerticalScroll).scroll_end(animate=False)

    def action_scroll(self, lines: int) -> None:
        """Up or down."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)
