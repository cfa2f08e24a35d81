"""The receipt of a recipe as a page that scrolls, with a key that writes it as HTML."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from cwtui.console.dialogs.text_viewer import TextViewer

# The width of the scroll bar, and a margin before it, in cells.
_MARGIN = 3


class ReceiptView(TextViewer):
    """A text that is rendered for the width of the dialog. `export` writes the page; the dialog closes then."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("e", "export", "export")]

    def __init__(self, title: str, render: Callable[[int], Text], export: Callable[[], None]) -> None:
        super().__init__(title, Text(), broad=True, hint="↑ ↓ Scroll   e Write receipt.html   esc Close")
        self._render_text, self._export = render, export

    def on_mount(self) -> None:
        self.call_after_refresh(self._show)

    def on_resize(self) -> None:
        self.call_after_refresh(self._show)

    def _show(self) -> None:
        view = self.query_one(VerticalScroll)
        view.query_one(Static).update(self._render_text(max(24, view.size.width - _MARGIN)))

    def action_export(self) -> None:
        self.dismiss()
        self._export()
