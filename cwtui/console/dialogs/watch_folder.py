"""A browser for folders to watch, like the one for footage."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from textual.message import Message
from textual.widgets import Static

from cwtui.console.dialogs.add_footage import AddFootageDialog, FootageReader

_LIST_HINT = "⏎ Watch   → Open   ← Back   tab Path   esc Close"
_FIELD_HINT = "⏎ Watch   tab Complete   ↓ Browse   esc Close"


class WatchFolderDialog(AddFootageDialog):
    """Chooses folders; returns those to watch, or None."""

    def __init__(
        self, project: str, start_reader: Callable[[Callable[[Message], object]], FootageReader], plain: bool = False
    ) -> None:
        # Folders that are watched have no plan.
        super().__init__(project, start_reader, None, "", plain)

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(".title", Static).update(f"Watch a folder for “{self._project}”")
        self.query_one(".hint", Static).update(_LIST_HINT)

    def on_descendant_focus(self) -> None:
        self.query_one(".hint", Static).update(_FIELD_HINT)

    def on_descendant_blur(self) -> None:
        self.query_one(".hint", Static).update(_LIST_HINT)

    def _plan(self, paths: Sequence[Path]) -> None:
        known = {choice.path: choice for choice in (*self._shown.values(), *self._selected.values())}
        if file := next((path for path in paths if path in known and not known[path].is_folder), None):
            self._problem = f"{file.name} is not a folder. Choose the folder that footage arrives in."
            self._show_remark()
        else:
            self.dismiss(paths)
