"""Markers and in and out points at the playhead. The edits are written at once, and can be undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cwtui.console.dialogs.prompts import TextPrompt
from cwtui.console.screens.review.playhead import PlayheadScreen
from engine.catalog import Edit, Project, Take

if TYPE_CHECKING:
    from engine.studio import Studio


class MarkerActions:
    """The actions that add, name and remove markers, and set the in and out points."""

    def __init__(self, screen: PlayheadScreen) -> None:
        self._screen = screen

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

    def action_trim_start(self) -> None:
        """Sets the in point."""
        take, at = self._screen.take, self._screen.at
        assert take

        def begin(studio: Studio, meant: Take) -> Edit | None:
            reviews = studio.catalog.reviews
            return reviews.set_trim(meant, at, reviews.of(meant).ends)

        self._screen.console_app.edit_take(take, begin)

    def action_trim_end(self) -> None:
        """Sets the out point after this frame."""
        screen, take = self._screen, self._screen.take
        assert take
        at = min(screen.at + 1 / screen.rate, take.probe.duration)

        def end(studio: Studio, meant: Take) -> Edit | None:
            reviews = studio.catalog.reviews
            return reviews.set_trim(meant, reviews.of(meant).starts, at)

        self._screen.console_app.edit_take(take, end)
