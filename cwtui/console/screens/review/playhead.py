"""The interface of Review that its parts use."""

from __future__ import annotations

from typing import Protocol

from cwtui.console.screens.review.navigation import SeekTargets
from cwtui.console.screens.transport import TransportScreen
from cwtui.console.workers.take_media import TakeMedia
from engine.catalog import Marker, Take


class PlayheadScreen(TransportScreen, Protocol):
    """A screen with a take that is watched, heard and read."""

    @property
    def take(self) -> Take | None:
        """The take that is shown."""
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

    def update_readout(self) -> None:
        """Shows what is at the playhead."""
        ...

    def pause(self) -> None:
        """Pauses the playhead."""
        ...
