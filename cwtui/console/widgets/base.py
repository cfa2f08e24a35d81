"""A widget of the console's own: it knows the desk it is drawn on, and says where somebody clicked."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from textual.message import Message
from textual.widget import Widget

if TYPE_CHECKING:
    from cwtui.console.app import ConsoleApp


class SeekRequested(Message):
    """A moment was clicked, in seconds of the take's clock."""

    def __init__(self, at: Fraction) -> None:
        super().__init__()
        self.at = at


class ConsoleWidget(Widget):
    """A widget that draws with the console's ink, and asks it for what it needs."""

    @property
    def console_app(self) -> ConsoleApp:
        """The console, typed."""
        from cwtui.console.app import ConsoleApp

        assert isinstance(self.app, ConsoleApp)
        return self.app
