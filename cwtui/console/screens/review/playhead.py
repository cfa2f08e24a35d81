"""The interface of Review that its parts use."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Protocol

from cwtui.console.screens.review.navigation import SeekTargets
from cwtui.console.workers.take_media import TakeMedia
from engine.catalog import Marker, Take

if TYPE_CHECKING:
    from cwtui.console.app import ConsoleApp


class PlayheadScreen(Protocol):
    """A screen with a take and a playhead, `at` seconds of the take's clock."""

    @property
    def console_app(self) -> ConsoleApp:
        """The app."""
        ...

    @property
    def is_current(self) -> bool:
        """Whether nothing is shown over the screen."""
        ...

    @property
    def take(self) -> Take | None:
        """The take that is shown."""
        ...

    @property
    def at(self) -> Fraction:
        """The playhead's position."""
        ...

    @property
    def rate(self) -> Fraction:
        """Frames a second."""
        ...

    @property
    def last_position(self) -> Fraction:
        """The position of the last frame."""
        ...

    @property
    def media(self) -> TakeMedia:
        """The take's levels and transcript."""
        ...

    @property
    def seek_targets(self) -> SeekTargets:
        """The times that the playhead can seek to."""
        ...

    @property
    def marker(self) -> Marker | None:
        """The marker at the playhead."""
        ...

    def show_position(self, at: Fraction) -> None:
        """Moves the playhead."""
        ...

    def pause(self) -> None:
        """Pauses the playhead."""
        ...
