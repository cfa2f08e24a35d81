"""What is drawn over the picture: people, motion, depth or faces."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from cwtui.console.messages import FrameLoaded, FrameRequest
from cwtui.console.screens.review.playhead import PlayheadScreen

if TYPE_CHECKING:
    from engine.perception import ProductOverlay


class OverlayActions:
    """The action that draws the next product of the take over the picture, and after the last one none.

    `is_comparing`: whether two takes are shown, which have no overlay.
    """

    def __init__(self, screen: PlayheadScreen, is_comparing: Callable[[], bool]) -> None:
        self._screen = screen
        self._is_comparing = is_comparing
        self._chosen: ProductOverlay | None = None
        self._note = ""

    @property
    def shown(self) -> ProductOverlay | None:
        """The product that is drawn: the chosen one, if this take has it and no comparison is open."""
        possible = not self._is_comparing() and self._chosen in self._screen.media.overlays
        return self._chosen if possible else None

    @property
    def text(self) -> str:
        """The product that is drawn and its confidence at the playhead; empty if there is none."""
        return (self._note or self.shown or "") if self.shown else ""

    def disabled_reason(self, action: str) -> str:
        """Returns why an action is disabled; an empty text if it is enabled, or an action of another part."""
        take = self._screen.take
        if action != "overlay" or take is None:
            return ""
        if self._is_comparing():
            return "Close the comparison first."
        if not self._screen.media.overlays:
            return f"Nothing was found in this take yet: cwtui perceive {take.number} --mask"
        return ""

    def command_values(self) -> dict[str, str]:
        """Returns the placeholders of command lines."""
        return {"show": f"--show {self.shown}"} if self.shown else {}

    def frame_loaded(self, event: FrameLoaded) -> None:
        """Shows the confidence of the overlay of a frame."""
        if isinstance(event.request, FrameRequest) and event.request.overlay == self.shown and self._note != event.note:
            self._note = event.note
            self._screen.update_readout()

    def action_overlay(self) -> None:
        """Draws the next product."""
        cycle: list[ProductOverlay | None] = [None, *self._screen.media.overlays]
        at = cycle.index(self._chosen) if self._chosen in cycle else 0
        self._chosen, self._note = cycle[(at + 1) % len(cycle)], ""
        self._screen.show_position(self._screen.at)
