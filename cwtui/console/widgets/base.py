"""A widget of the console's own: it knows the desk it is drawn on, and says where somebody clicked."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from textual.message import Message
from textual.widget import Widget

if TYPE_CHECKING:
    from cwtui.console.app import Console


class Went(Message):
    """A moment was clicked, in seconds of the take's clock."""

    def __init__(self, at: Fraction) -> None:
        super().__init__()
        self.at = at


class Part(Widget):
    """A widget that draws with the console's ink, and asks it for what it needs."""

    @property
    def desk(self) -> Console:
        """The console, typed."""
        from cwtui.console.app import Console

        assert isinstance(self.app, Console)
        return self.app
