"""Every key of a room, what it does, and the same on the command line; drawn from the registry, so that it is true."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from cwtui.console.actions import BY_ID, actions_of, global_actions
from cwtui.console.dialogs.base import Dialog
from cwtui.console.keymap import key_label, keys_of
from cwtui.console.widgets.row_list import HEADING, RowList
from cwtui.console.widgets.text_layout import pad

if TYPE_CHECKING:
    from cwtui.console.app import ConsoleApp


class HelpDialog(Dialog[None]):
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

    def __init__(self, mode: str) -> None:
        super().__init__()
        self._mode = mode

    def compose(self) -> ComposeResult:
        """The list, and the chosen action's command below it."""
        with Vertical(classes="card tall"):
            yield Static(f"Keys in {self._mode.capitalize()}", classes="title")
            yield RowList(self._draw)
            yield Static("", classes="hint", markup=False)
            yield Static("y copies the command   ⏎ does it   esc leaves", classes="hint")

    def on_mount(self) -> None:
        """The room's own first."""
        here = [action.id for action in actions_of(self._mode)]
        self.query_one(RowList).set_rows(
            [f"{HEADING}here", *here, f"{HEADING}all", *(one.id for one in global_actions())]
        )
        self._show_command()

    def on_row_list_row_highlighted(self) -> None:
        """Another action."""
        self._show_command()

    def action_move(self, steps: int) -> None:
        """Up or down."""
        self.query_one(RowList).move_by(steps)

    def action_copy(self) -> None:
        """The command of what can be done, to the terminal's clipboard."""
        if (command := self._command()) and not self._console_app.disabled_reason(self.query_one(RowList).cursor or ""):
            self._console_app.copy_text(command)
            self.query(Static).last().update(f"{command}  (copied where the terminal allows it)")

    async def action_run(self) -> None:
        """Leaves, and does it."""
        action = self.query_one(RowList).cursor if self.is_active else None
        self.dismiss(None)
        if action:
            self._console_app.call_next(self._console_app.action_dispatch, action)

    @property
    def _console_app(self) -> ConsoleApp:
        from cwtui.console.app import ConsoleApp

        assert isinstance(self.app, ConsoleApp)
        return self.app

    def _command(self) -> str:
        action, screen = BY_ID.get(self.query_one(RowList).cursor or ""), self._console_app.mode_screen
        return screen.command_line(action.command) if action and action.command and screen else ""

    def _show_command(self) -> None:
        action = self.query_one(RowList).cursor
        why = self._console_app.disabled_reason(action) if action else ""
        summary = why or self._command() or "(only on the screen)"
        self.query(".hint").first(Static).update(summary)

    def _draw(self, key: str, width: int, here: bool) -> Iterable[Segment]:
        app = self._console_app
        styles = app.palette.styles
        if key.startswith(HEADING):
            summary = f"in {self._mode.capitalize()}" if key == f"{HEADING}here" else "everywhere"
            yield Segment(f" {summary}", styles["quiet"])
            return
        action = BY_ID[key]
        left = max(12, width // 5)
        keys = " ".join(key_label(one) for one in keys_of(action, app.keymap))
        off = bool(app.disabled_reason(key))
        yield Segment(pad(f" {keys}", left), styles["faint" if off else "accent"])
        yield Segment(pad(action.title, width - left - 18), styles["faint" if off else "strong" if here else "text"])
        yield Segment(pad(key, 18, right=True), styles["faint"])
