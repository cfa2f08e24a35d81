"""Help: the keys of a screen, their actions and the equivalent commands, from the action registry."""

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

    def __init__(self, mode: str) -> None:
        super().__init__()
        self._mode = mode

    def compose(self) -> ComposeResult:
        with Vertical(classes="card tall"):
            yield Static(f"Keys in {self._mode.capitalize()}", classes="title")
            yield RowList(self._draw)
            yield Static("", classes="hint", markup=False)
            yield Static("y Copy command   ⏎ Run   esc Close", classes="hint")

    def on_mount(self) -> None:
        here = [action.id for action in actions_of(self._mode)]
        self.query_one(RowList).set_rows(
            [f"{HEADING}here", *here, f"{HEADING}all", *(one.id for one in global_actions())]
        )
        self._show_command()

    def on_row_list_row_highlighted(self) -> None:
        self._show_command()

    def action_move(self, steps: int) -> None:
        self.query_one(RowList).move_by(steps)

    def action_copy(self) -> None:
        """Copy the command of the selected action, if it is enabled."""
        if (command := self._command()) and not self._console_app.disabled_reason(self.query_one(RowList).cursor or ""):
            self._console_app.copy_text(command)
            self.query(Static).last().update(f"{command}  (copied, if the terminal supports it)")

    async def action_run(self) -> None:
        """Close the dialog and run the selected action."""
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
        summary = why or self._command() or "(no command for this)"
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
