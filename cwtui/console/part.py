"""A widget of the console's own: it knows the desk it is drawn on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widget import Widget

if TYPE_CHECKING:
    from cwtui.console.app import Console


class Part(Widget):
    """A widget that draws with the console's ink, and asks it for what it needs."""

    @property
    def desk(self) -> Console:
        """The console, typed."""
        from cwtui.console.app import Console

        assert isinstance(self.app, Console)
        return self.app
