"""Help: the keys of a screen, their actions and the equivalent commands, from the action registry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from cwtui.console.dialogs.base import Dialog
from cwtui.console.messages import CopyRequested
from cwtui.console.theme import palette_of
from cwtui.console.widgets.columns import Cell, Column, lay_out
from cwtui.console.widgets.row_list import HEADING, RowList


@dataclass(frozen=True, slots=True)
class HelpEntry:
    """An action in the list: its keys as they are written, its command line, and why it cannot be done now."""

    id: str
    keys: str
    title: str
    command: str = ""
    disabled_reason: str = ""
    is_global: bool = False


class HelpDialog(Dialog[str | None]):
    """The actions of one screen and those of every screen, with their keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark", "dismiss(None)", "close"),
        Binding("up,k", "move(-1)", "up"),
        Binding("down,j", "move(1)", "down"),
        Binding("pageup", "move(-15)", "page up"),
        Binding("pagedown,space", "move(15)", "page down"),
        Binding("y", "copy", "copy command"),
        Binding("enter", "run", "run"),
    ]

    def __init__(self, mode: str, entries: Sequence[HelpEntry]) -> None:
        super().__init__()
        self._mode = mode
        self._entries = {entry.id: entry for entry in entries}

    def compose(self) -> ComposeResult:
        with Vertical(classes="card tall"):
            yield Static(f"Keys in {self._mode.capitalize()}", classes="title")
            yield RowList(self._draw)
            yield Static("", classes="hint", markup=False)
            yield Static("y Copy command   ⏎ Run   esc Close", classes="hint")

    def on_mount(self) -> None:
        here = [entry.id for entry in self._entries.values() if not entry.is_global]
        everywhere = [entry.id for entry in self._entries.values() if entry.is_global]
        self.query_one(RowList).set_rows([f"{HEADING}here", *here, f"{HEADING}all", *everywhere])
        self._show_command()

    def on_row_list_row_highlighted(self) -> None:
        self._show_command()

    def action_move(self, steps: int) -> None:
        self.query_one(RowList).move_by(steps)

    def action_copy(self) -> None:
        entry = self._selected
        if entry and entry.command and not entry.disabled_reason:
            self.post_message(CopyRequested(entry.command))
            self.query(Static).last().update(f"{entry.command}  (copied, if the terminal supports it)")

    def action_run(self) -> None:
        """Close the dialog and run the selected action."""
        self.dismiss(self.query_one(RowList).cursor)

    @property
    def _selected(self) -> HelpEntry | None:
        return self._entries.get(self.query_one(RowList).cursor or "")

    def _show_command(self) -> None:
        entry = self._selected
        summary = (entry and (entry.disabled_reason or entry.command)) or "(no command for this)"
        self.query(".hint").first(Static).update(summary)

    def _draw(self, key: str, width: int, here: bool) -> Iterable[Segment]:
        styles = palette_of(self).styles
        if key.startswith(HEADING):
            summary = f"in {self._mode.capitalize()}" if key == f"{HEADING}here" else "everywhere"
            yield Segment(f" {summary}", styles["quiet"])
            return
        entry = self._entries[key]
        off = bool(entry.disabled_reason)
        columns = Column(max(12, width // 5)), Column(24, grow=1), Column(18, right=True, rank=1)
        cells: list[Cell] = [
            (f" {entry.keys}", styles["faint" if off else "accent"]),
            (entry.title, styles["faint" if off else "strong" if here else "text"]),
            (key, styles["faint"]),
        ]
        yield from lay_out(columns, cells, width)
