"""Every key of a room, what it does, and the same on the command line; drawn from the registry, so that it is true."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from cwtui.console.actions import BY_ID, everywhere, of_room
from cwtui.console.dialogs.base import Over
from cwtui.console.keymap import keys_of, shown
from cwtui.console.widgets.row_list import HEADING, RowList
from cwtui.formatting import filled

if TYPE_CHECKING:
    from cwtui.console.app import Console


class Help(Over[None]):
    """The registry, for one room."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark", "dismiss(None)", "leave"),
        Binding("up,k", "move(-1)", "up"),
        Binding("down,j", "move(1)", "down"),
        Binding("pageup", "move(-15)", "page up"),
        Binding("pagedown,space", "move(15)", "page down"),
        Binding("y", "copy", "copy the command"),
        Binding("enter", "run", "do it"),
    ]

    def __init__(self, room: str) -> None:
        super().__init__()
        self._room = room

    def compose(self) -> ComposeResult:
        """The list, and the chosen action's command below it."""
        with Vertical(classes="card tall"):
            yield Static(f"Keys in {self._room.capitalize()}", classes="title")
            yield RowList(self._draw)
            yield Static("", classes="told", markup=False)
            yield Static("y copies the command   ⏎ does it   esc leaves", classes="told")

    def on_mount(self) -> None:
        """The room's own first."""
        here = [action.id for action in of_room(self._room)]
        self.query_one(RowList).put([f"{HEADING}here", *here, f"{HEADING}all", *(one.id for one in everywhere())])
        self._say()

    def on_row_list_moved(self) -> None:
        """Another action."""
        self._say()

    def action_move(self, steps: int) -> None:
        """Up or down."""
        self.query_one(RowList).move(steps)

    def action_copy(self) -> None:
        """The command of what can be done, to the terminal's clipboard."""
        if (command := self._command()) and not self._desk.why_not(self.query_one(RowList).cursor or ""):
            self._desk.copied(command)
            self.query(Static).last().update(f"{command}  (copied where the terminal allows it)")

    async def action_run(self) -> None:
        """Leaves, and does it."""
        action = self.query_one(RowList).cursor if self.is_active else None
        self.dismiss(None)
        if action:
            self._desk.call_next(self._desk.action_act, action)

    @property
    def _desk(self) -> Console:
        from cwtui.console.app import Console

        assert isinstance(self.app, Console)
        return self.app

    def _command(self) -> str:
        action, room = BY_ID.get(self.query_one(RowList).cursor or ""), self._desk.room
        return room.filled(action.command) if action and action.command and room else ""

    def _say(self) -> None:
        action = self.query_one(RowList).cursor
        why = self._desk.why_not(action) if action else ""
        told = why or self._command() or "(only on the screen)"
        self.query(".told").first(Static).update(told)

    def _draw(self, key: str, width: int, here: bool) -> Iterable[Segment]:
        desk = self._desk
        ink = desk.ink.styles
        if key.startswith(HEADING):
            told = f"in {self._room.capitalize()}" if key == f"{HEADING}here" else "everywhere"
            yield Segment(f" {told}", ink["quiet"])
            return
        action = BY_ID[key]
        left = max(12, width // 5)
        keys = " ".join(shown(one) for one in keys_of(action, desk.keymap))
        off = bool(desk.why_not(key))
        yield Segment(filled(f" {keys}", left), ink["faint" if off else "accent"])
        yield Segment(filled(action.told, width - left - 18), ink["faint" if off else "strong" if here else "text"])
        yield Segment(filled(key, 18, right=True), ink["faint"])
