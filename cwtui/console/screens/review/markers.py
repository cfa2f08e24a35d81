"""Markers at the playhead. The edits are written at once, and can be undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cwtui.console.actions import requires
from cwtui.console.dialogs.prompts import TextPrompt
from cwtui.console.screens.review.playhead import PlayheadScreen
from engine.catalog import Project

if TYPE_CHECKING:
    from engine.studio import Studio


class MarkerActions:
    """The actions that add, name and remove markers."""

    def __init__(self, screen: PlayheadScreen) -> None:
        self._screen = screen

    def disabled_reason(self, action: str) -> str:
        """Returns why an action is disabled; an empty text if it is enabled, or an action of another part."""
        if requires(action, "marker") and self._screen.marker is None:
            return "There is no marker at the playhead."
        return ""

    def command_values(self) -> dict[str, str]:
        """Returns the placeholders of command lines."""
        return {"marker": str(self._screen.marker.id)} if self._screen.marker else {}

    def action_mark(self) -> None:
        """Adds a marker."""
        take, at = self._screen.take, self._screen.at
        assert take

        def mark(studio: Studio, _: Project | None) -> str:
            made = studio.catalog.reviews.add_marker(take, at)
            return f"{take.label}: marker at {made.clock}. M names it, z undoes it."

        self._screen.console_app.submit(mark)

    def action_rename(self) -> None:
        """Prompts for the name of the marker."""
        marker = self._screen.marker
        assert marker

        def named(label: str | None) -> None:
            if label is not None:
                app, take = self._screen.console_app, self._screen.take
                assert take
                app.edit_take(take, lambda studio, _: studio.catalog.reviews.rename_marker(marker, label))

        self._screen.console_app.push_screen(TextPrompt("Marker name", marker.label), named)

    def action_unmark(self) -> None:
        """Removes the marker."""
        marker, take = self._screen.marker, self._screen.take
        assert marker
        assert take
        self._screen.console_app.edit_take(take, lambda studio, _: studio.catalog.reviews.remove_marker(marker))
