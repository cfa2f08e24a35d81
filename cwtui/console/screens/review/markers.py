"""Markers and trims at a playhead: edits like any other, written at once and undone with z."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from cwtui.console.dialogs.prompts import TextPrompt
from cwtui.console.screens.base import ModeScreen
from engine.catalog import Edit, Marker, Project, Take

if TYPE_CHECKING:
    from engine.studio import Studio

# Of sound alone: a frame as long as television's.
_SOUND_RATE = Fraction(25)


class MarkerActions(ModeScreen):
    """A room with a take and a playhead, `at` seconds of its clock."""

    MODE = "review"

    def __init__(self) -> None:
        super().__init__()
        self.at = Fraction(0)

    @property
    def rate(self) -> Fraction:
        """Ticks a second."""
        take = self.take
        return take.probe.picture.frame_rate if take and take.probe.picture else _SOUND_RATE

    @property
    def marker(self) -> Marker | None:
        """The marker at the playhead: the nearest within a frame."""
        if self.take is None:
            return None
        near = [
            one for one in self.console_app.snapshot.markers_of(self.take) if abs(one.at - self.at) <= 1 / self.rate
        ]
        return min(near, key=lambda one: abs(one.at - self.at), default=None)

    def action_mark(self) -> None:
        """A marker here."""
        take, at = self.take, self.at
        assert take

        def mark(studio: Studio, _: Project | None) -> str:
            made = studio.catalog.reviews.add_marker(take, at)
            return f"{take.label}: marker at {made.clock}. M names it, z undoes it."

        self.console_app.submit(mark)

    def action_rename(self) -> None:
        """The marker's name."""
        marker = self.marker
        assert marker

        def named(label: str | None) -> None:
            if label is not None:
                take = self.take
                assert take
                self.console_app.edit_take(take, lambda studio, _: studio.catalog.reviews.rename_marker(marker, label))

        self.console_app.push_screen(TextPrompt("Marker name", marker.label), named)

    def action_unmark(self) -> None:
        """The marker away."""
        marker, take = self.marker, self.take
        assert marker
        assert take
        self.console_app.edit_take(take, lambda studio, _: studio.catalog.reviews.remove_marker(marker))

    def action_trim_start(self) -> None:
        """It begins here."""
        take, at = self.take, self.at
        assert take

        def begin(studio: Studio, meant: Take) -> Edit | None:
            reviews = studio.catalog.reviews
            return reviews.set_trim(meant, at, reviews.of(meant).ends)

        self.console_app.edit_take(take, begin)

    def action_trim_end(self) -> None:
        """It ends with this frame."""
        take, at = self.take, min(self.at + 1 / self.rate, self.take.probe.duration if self.take else Fraction(0))
        assert take

        def end(studio: Studio, meant: Take) -> Edit | None:
            reviews = studio.catalog.reviews
            return reviews.set_trim(meant, reviews.of(meant).starts, at)

        self.console_app.edit_take(take, end)
