"""Help: the keys of a screen, their actions and the equivalent commands, from the action registry."""

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
from textual.widgets import Static

from cwtui.console.dialogs.base import LIST_BINDINGS, ListDialog, close_bindings
from cwtui.console.messages import CopyRequested
from cwtui.console.theme import palette_of
from cwtui.console.widgets.columns import Cell, Column, lay_out
from cwtui.console.widgets.row_list import HEADING, RowList
from cwtui.console.widgets.text_layout import wrap

_ID_WIDTH = 18
_GAP = 2
_WIDE = 66
_GAP = 2


@dataclass(frozen=True, slots=True)
class HelpEntry:
    """An action in the list: its keys as they are written, its command line, and why it cannot be done now."""

    id: str
    keys: str
    title: str
    command: str = ""
    disabled_reason: str = ""
    is_global: bool = False


class HelpDialog(ListDialog[str | None]):
    """The actions of one screen and those of every screen, with their keys. Long titles are wrapped."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *close_bindings("help", "quit"),
        Binding("y", "copy", "copy command"),
        Binding("enter", "run", "run"),
        *LIST_BINDINGS,
    ]

    def __init__(self, mode: str, entries: Sequence[HelpEntry]) -> None:
        super().__init__()
        self._mode = mode
        self._entries = {entry.id: entry for entry in entries}
        # The further lines of long titles, by the keys of their rows.
        self._further: dict[str, str] = {}

    def compose(self) -> ComposeResult:
        with Vertical(classes="card tall find"):
            yield Static(f"Keys in {self._mode.capitalize()}", classes="title")
            yield RowList(self._draw)
            yield Static("", classes="hint", markup=False)
            yield Static("y Copy command   ⏎ Run   esc Close", classes="hint")

    def on_mount(self) -> None:
        self._set_rows()
        self._show_command()

    def on_resize(self) -> None:
        self.call_after_refresh(self._set_rows)

    def _set_rows(self) -> None:
        rows, keys = self.query_one(RowList), []
        columns = _columns(rows.row_width)
        self._further.clear()
        for heading, is_global in ((f"{HEADING}here", False), (f"{HEADING}all", True)):
            keys.append(heading)
            for entry in self._entries.values():
                if entry.is_global == is_global:
                    keys.append(entry.id)
                    for n, line in enumerate(wrap(entry.title, columns[1])[1:]):
                        keys.append(f"{HEADING}{entry.id} {n}")
                        self._further[keys[-1]] = line
        rows.set_rows(keys)

    @on(RowList.RowHighlighted)
    def _show_command(self) -> None:
        entry = self._selected
        summary = (entry and (entry.disabled_reason or entry.command)) or "(no command for this)"
        self.query(".hint").first(Static).update(f"{entry.id}: {summary}" if entry else summary)

    def action_copy(self) -> None:
        entry = self._selected
        if entry and entry.command and not entry.disabled_reason:
            self.post_message(CopyRequested(entry.command))
            self.query(Static).last().update(f"{entry.command}  (copied, if the terminal supports it)")

    @on(RowList.RowSelected)
    def action_run(self) -> None:
        """Close the dialog and run the selected action."""
        self.dismiss(self.query_one(RowList).cursor)

    @property
    def _selected(self) -> HelpEntry | None:
        return self._entries.get(self.query_one(RowList).cursor or "")

    def _draw(self, key: str, width: int, here: bool) -> Iterable[Segment]:
        styles = palette_of(self).styles
        left, middle, right = _columns(width)
        if key in self._further:
            yield Segment(" " * (left + _GAP))
            yield Segment(self._further[key], styles["text"] + Style(bold=False))
            return
        if key.startswith(HEADING):
            summary = f"in {self._mode.capitalize()}" if key == f"{HEADING}here" else "everywhere"
            yield Segment(summary, styles["quiet"])
            return
        entry = self._entries[key]
        off = bool(entry.disabled_reason)
        title = next(iter(wrap(entry.title, middle)), "")
        columns = Column(left), Column(middle, gap=_GAP), *([Column(right, right=True, gap=_GAP)] if right else [])
        cells: list[Cell] = [
            (entry.keys, styles["faint" if off else "accent"]),
            (title, styles["faint" if off else "strong" if here else "text"]),
            *([(key, styles["faint"])] if right else []),
        ]
        yield from lay_out(columns, cells, width)


def _columns(width: int) -> tuple[int, int, int]:
    """The widths of keys, titles and ids; ids have a column only where it leaves enough room for titles."""
    left, right = max(14, width // 6), _ID_WIDTH if width >= _WIDE else 0
    return left, max(1, width - left - _GAP - (right + _GAP if right else 0)), right
