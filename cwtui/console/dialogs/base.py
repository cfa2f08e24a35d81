"""Base classes of everything that is drawn over a screen: prompts, help, logs, the palette."""

from __future__ import annotations

from textual.await_complete import AwaitComplete
from textual.command import CommandPalette
from textual.screen import ModalScreen, ScreenResultType

from cwtui.console.messages import FrameLoaded


class Dialog(ModalScreen[ScreenResultType]):
    """A modal screen that is dismissed only once, however often its key is pressed before it closes."""

    @property
    def settled(self) -> bool:
        """Whether no timer of the dialog is running."""
        return True

    def frame_loaded(self, event: FrameLoaded) -> None:
        """Shows a frame that the dialog requested."""

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Close the dialog if it is the active screen. Otherwise Textual would close the screen below."""
        return super().dismiss(result) if self.is_active else AwaitComplete()


class ActionPalette(CommandPalette):
    """Textual's command palette, dismissed only once as well."""

    def dismiss(self, result: None = None) -> AwaitComplete:
        """Close the palette if it is the active screen."""
        return super().dismiss(result) if self.is_active else AwaitComplete()
