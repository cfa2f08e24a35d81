"""A frame of a take in a dialog: a third into it, as in Takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from textual import on

from cwtui.console.messages import FrameLoaded, FrameRequest, FramesNeeded
from cwtui.console.terminal.picture_output import PictureOutput
from cwtui.console.widgets.frame_view import WAITING, FrameView
from engine.catalog import Encoding, Take


@dataclass(frozen=True, slots=True)
class FrameSource:
    """The terminal that a dialog's frames are sent to, and the function that requests them."""

    output: PictureOutput
    request: Callable[[FrameRequest], None]


class TakeFrame(FrameView):
    """Requests frames in a slot and keeps those of the present size, by take and input transform."""

    def __init__(self, frames: FrameSource, slot: str) -> None:
        super().__init__(frames.output)
        self._frames, self._slot = frames, slot
        self._loaded: dict[tuple[str, Encoding | None], FrameLoaded] = {}
        self._shown: tuple[str, Encoding | None] | None = None

    def show_take(self, take: Take, transform: Encoding | None = None) -> None:
        """Shows the frame of a take; None is its own input transform."""
        self._shown, picture = (take.id, transform), take.probe.picture
        if picture is None:
            self.show_text("Audio only")
        elif loaded := self._loaded.get(self._shown):
            self.show_frame(loaded)
        elif width := self.image_width(picture.display_width / picture.display_height):
            if not self.has_image:
                self.set_image(None, WAITING)
            self.request(FrameRequest(self._slot, take, picture.frames // 3, width, transform=transform))
        else:
            self.set_image(None, "")

    def show_text(self, text: str) -> None:
        """Shows a text in place of a frame."""
        self._shown = None
        self.set_image(None, text)

    def has_loaded(self, take: Take, transform: Encoding | None) -> bool:
        """Whether the frame is kept."""
        return (take.id, transform) in self._loaded

    def frame_loaded(self, event: FrameLoaded) -> None:
        """Keeps a frame, and shows it if it is the one that was requested last."""
        if not isinstance(event.request, FrameRequest):
            return
        key = event.request.take.id, event.request.transform
        self._loaded[key] = event
        if key == self._shown:
            self.show_frame(event)

    @on(FrameView.SizeChanged)
    def _forget(self) -> None:
        self._loaded.clear()

    @on(FramesNeeded)
    def _request_frames(self, event: FramesNeeded) -> None:
        event.stop()
        for request in event.requests:
            if isinstance(request, FrameRequest):
                self._frames.request(request)
