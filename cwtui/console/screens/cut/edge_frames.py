"""Two frames side by side, each with a caption: the edges of a range, or the pictures of an edit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import Static

from cwtui.console.messages import FrameLoaded, FrameRequest
from cwtui.console.terminal.picture_output import PictureOutput
from cwtui.console.widgets.frame_view import FrameView
from cwtui.formatting import frame_rate_of
from engine.catalog import Take
from engine.time import timecode

SLOT = "cut"
_SIDES = ("first", "last")


@dataclass(frozen=True, slots=True)
class EdgeFrame:
    """The frame of a take that is shown at a time in seconds; with `before`, the last one before it."""

    word: str
    take: Take | None
    at: Fraction
    before: bool = False

    @property
    def caption(self) -> str:
        """The caption: the word, and the timecode of the frame."""
        rate = frame_rate_of(self.take)
        return f"{self.word}  {timecode(max(0, int(self.at * rate) - self.before), rate)}" if self.take else self.word


class EdgeFrames(Widget):
    """Two frames. None leaves a side empty."""

    def __init__(self, output: PictureOutput) -> None:
        super().__init__()
        self._output = output

    def compose(self) -> Iterable[Widget]:
        for name in _SIDES:
            with Vertical():
                yield Static("", id=f"{name}-caption", markup=False)
                yield FrameView(self._output, id=f"{name}-frame")

    def show(self, frames: tuple[EdgeFrame | None, EdgeFrame | None]) -> None:
        """Requests the two frames."""
        for name, frame in zip(_SIDES, frames, strict=True):
            still = self.query_one(f"#{name}-frame", FrameView)
            self.query_one(f"#{name}-caption", Static).update(frame.caption if frame else "")
            picture = frame.take.probe.picture if frame and frame.take else None
            if frame is None or frame.take is None or picture is None or frame.take.needs_director:
                still.set_image(None, "")
                continue
            tick = int(frame.at * picture.frame_rate) - frame.before
            if width := still.image_width(picture.display_width / picture.display_height):
                still.request(FrameRequest(f"{SLOT} {name}", frame.take, max(0, tick), width))

    def show_frame(self, event: FrameLoaded) -> None:
        """Shows a frame that has been loaded."""
        name = event.request.slot.removeprefix(f"{SLOT} ")
        if name in _SIDES:
            self.query_one(f"#{name}-frame", FrameView).show_frame(event)
