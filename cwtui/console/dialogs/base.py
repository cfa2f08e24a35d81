"""What is drawn over a room: a question, help, a log, the palette."""

from __future__ import annotations

from textual.await_complete import AwaitComplete
from textual.command import CommandPalette
from textual.screen import ModalScreen, ScreenResultType


class Dialog(ModalScreen[ScreenResultType]):
    """It is left once, however often its key is pressed before it has gone."""

    @property
    def settled(self) -> bool:
        """Whether no timer of the dialog still runs."""
        return True

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Leaves it; nothing where it is not what one sees. Textual would take the room below away instead."""
        return super().dismiss(result) if self.is_active else AwaitComplete()


class ActionPalette(CommandPalette):
    """Textual's, left once as well."""

    def dismiss(self, result: None = None) -> AwaitComplete:
        """Leaves it; nothing where it is not what one sees."""
        return super().dismiss(result) if self.is_active else AwaitComplete()
