"""The frame of Look: a click or a drag moves the wipe."""

from __future__ import annotations

from fractions import Fraction

from textual import events
from textual.message import Message

from cwtui.console.messages import FrameLoaded
from cwtui.console.terminal.graphics import fit_cells
from cwtui.console.widgets.frame_view import FrameView


class WipeFrame(FrameView):
    """A frame view whose picture stays while another one cannot be rendered."""

    class WipeMoved(Message):
        """The wipe was moved to a share of the picture's width."""

        def __init__(self, share: Fraction) -> None:
            super().__init__()
            self.share = share

    def show_frame(self, event: FrameLoaded) -> None:
        """Shows a frame; without one, the last one stays."""
        if event.error is None or not self.has_image:
            super().show_frame(event)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self.capture_mouse()
        self._move(event.x)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self.app.mouse_captured is self:
            self._move(event.x)

    def on_mouse_up(self) -> None:
        self.release_mouse()

    def _move(self, x: int) -> None:
        if self._image is None:
            return
        size, output = self.content_size, self._output
        columns, _ = fit_cells(output.protocol, self._image, (size.width, size.height), output.cell)
        left = (size.width - columns) // 2
        share = Fraction(min(max(x - left, 0), columns), max(1, columns))
        self.post_message(self.WipeMoved(share))
