"""The place of a written file, and the command that copies it to the user's own machine."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from cwtui.console.dialogs.base import Dialog, close_bindings
from cwtui.console.messages import CopyRequested
from cwtui.console.theme import palette_of


class FileWritten(Dialog[None]):
    """A file to take away, and what it contains. Without a `command`, only its path is shown and copied."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *close_bindings("quit"),
        Binding("enter", "dismiss(None)", "close"),
        Binding("y", "copy", "copy"),
    ]

    def __init__(self, path: Path, content: str, command: str | None, title: str = "File to listen to") -> None:
        super().__init__()
        self._title = title
        self._path, self._content, self._command = path, content, command

    def compose(self) -> ComposeResult:
        what = "Copy command" if self._command else "Copy path"
        with Vertical(classes="card broad written"):
            yield Static(self._title, classes="title", markup=False)
            yield Static("", id="place")
            if self._command:
                yield Static(self._command, id="command", markup=False)
            yield Static(f"y {what}   esc Close", classes="hint", markup=False)

    def on_mount(self) -> None:
        styles = palette_of(self).styles
        text = Text(f"{self._content}\n\n", styles["quiet"]).append(f"{self._path}\n", styles["text"])
        if self._command:
            text.append("\nOn your own machine, this command fetches it:", styles["quiet"])
        self.query_one("#place", Static).update(text)

    def action_copy(self) -> None:
        text = self._command or str(self._path)
        self.post_message(CopyRequested(text))
        self.query(Static).last().update(f"{text}  (copied, if the terminal supports it)")
