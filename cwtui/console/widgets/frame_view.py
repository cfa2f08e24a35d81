"""A frame in the terminal, in the best way it has, as large as the line allows."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

from rich.control import Control
from rich.segment import ControlType, Segment
from textual import events
from textual.errors import NoWidget
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from cwtui.console.messages import FrameLoaded, FrameRequest, FramesNeeded
from cwtui.console.terminal.graphics import (
    EncodedImage,
    RenderTarget,
    fit_cells,
    half_blocks,
    kitty_delete,
    pixel_width,
)
from cwtui.console.terminal.picture_output import PictureOutput
from cwtui.console.theme import palette_of
from cwtui.console.widgets.text_layout import truncate

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


_image_ids = count(7001)
# Rich keeps its hands off a segment that is a control.
_CURSOR_CONTROL = ((ControlType.CURSOR_FORWARD, 0),)
# The line is timed anew with each picture: one that could only be a little larger is not worth sending again.
_MIN_GROWTH = 1.5
# The cursor is where Textual left it, before and after.
_AT_POSITION = "\x1b7{}{}\x1b8"


class FrameView(Widget):
    """One picture, or a few words instead. Every way of showing it fills the same cells.

    A picture in the terminal's own protocol goes to it once, past Textual, and its cells are left alone while it is
    there: whatever else is drawn anew, it is not sent again.
    """

    class SizeChanged(Message):
        """There is another room for the picture."""

    def __init__(self, output: PictureOutput, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._output = output
        self._image_id = next(_image_ids)
        self._image: NDArray[np.uint8] | None = None
        self._encoded: EncodedImage | None = None
        self._text = ""
        self._requested: FrameRequest | None = None
        self._fulfilled: FrameRequest | None = None
        self._strips: list[Strip] = []
        self._made_for: tuple[object, ...] = ()
        # What the terminal shows now, in which cells, of how many.
        self._placed: tuple[EncodedImage, Region, Size] | None = None

    @property
    def has_image(self) -> bool:
        """Whether there is a picture now."""
        return self._image is not None

    @property
    def _target(self) -> RenderTarget:
        size, output = self.content_size, self._output
        return RenderTarget(output.protocol, (size.width, size.height), output.cell, self._image_id)

    def image_width(self, shape: float) -> int:
        """How many pixels wide a picture of this shape should be; 0 where none is shown."""
        size, output = self.content_size, self._output
        if output.protocol == "text" or size.width < 8 or size.height < 3:
            return 0
        return pixel_width(output.protocol, (size.width, size.height), output.cell, shape, output.link.budget)

    def request(self, request: FrameRequest) -> None:
        """Asks for a frame, unless it is the one that was asked for last: jobs that report send no picture again."""
        request, asked = replace(request, target=self._target), self._requested
        if asked and replace(request, width=asked.width) == asked and request.width < _MIN_GROWTH * asked.width:
            return
        self._requested = request
        self.post_message(FramesNeeded([request]))

    def show_frame(self, event: FrameLoaded) -> None:
        """A frame that was asked for, or why there is none. One for other cells than there are is asked for again."""
        if event.request.target == self._target:
            self._fulfilled = event.request
            self.set_image(event.picture, event.error.message if event.error else "", event.encoded)

    def set_image(self, picture: NDArray[np.uint8] | None, words: str = "", drawn: EncodedImage | None = None) -> None:
        """Shows a picture (height, width, 3), drawn where the terminal has a protocol, or words where there is none."""
        if picture is None:
            self._requested = self._fulfilled = None
            if self._image is None and words == self._text:
                return
            self.hide_image()
        self._image, self._text, self._encoded = picture, words, drawn
        self._made_for = ()
        if drawn is None:
            self.refresh()
        self.show_image()
        if picture is not None and self._output.protocol == "blocks":
            self.call_after_refresh(self._probe_link)

    # The terminal's own protocols

    def show_image(self) -> None:
        """Puts the picture on the terminal, if there is one for these cells and it is not there already."""
        before, placement = self._placed, self._placement()
        if placement is None or before == placement:
            return
        self._placed = placement
        if before is None or before[1:] != placement[1:]:
            # What was around it before, or below.
            self.refresh()
        drawn, cells, _ = placement
        self._output.write(_AT_POSITION.format(Control.move_to(*cells.offset).segment.text, drawn.sequence))
        self._output.probe(len(drawn.sequence))

    def hide_image(self) -> None:
        """Off the terminal: something else is drawn in its cells. One that keeps pictures would show it above that."""
        if self._placed is None:
            return
        if self._placed[0].target.protocol == "kitty":
            self._output.write(kitty_delete(self._image_id))
        self._placed = None
        self.refresh()

    def release(self) -> None:
        """Off the terminal for long: what was asked for and has not come may not come any more."""
        self.hide_image()
        self._requested = self._fulfilled

    def _placement(self) -> tuple[EncodedImage, Region, Size] | None:
        """What there is to show in which cells, where that can be: nothing is over it, and there is room."""
        drawn = self._encoded
        if drawn is None or drawn.target != self._target or not self.screen.is_active:
            return None
        try:
            found = self.screen.find_widget(self)
        except NoWidget:
            return None
        here, (columns, lines) = found.region, drawn.cells
        if found.visible_region != here:
            return None
        left, top = (here.width - columns) // 2, (here.height - lines) // 2
        return drawn, Region(here.x + left, here.y + top, columns, lines), self.screen.size

    # How it is drawn

    def render_lines(self, crop: Region) -> list[Strip]:
        """All of it at once: a picture cannot be drawn by the line."""
        placement = self._placement()
        kept = placement if placement and self._placed and self._placed[1:] == placement[1:] else None
        self._build(self.content_size, kept[1] if kept else None)
        if placement and not kept:
            # It has moved without another size, or was hidden.
            self.call_later(self.show_image)
        return [strip.crop(crop.x, crop.right) for strip in self._strips[crop.y : crop.bottom]]

    def _build(self, size: Size, kept: Region | None) -> None:
        protocol, palette = self._output.protocol, palette_of(self)
        ground = self.rich_style
        made_for = (id(self._image), self._text, size, kept, protocol, palette.name, ground)
        if made_for == self._made_for:
            return
        self._made_for = made_for
        self._strips = [Strip.blank(size.width, ground)] * size.height
        if self._image is None or protocol == "text":
            text = truncate(self._text, size.width)
            line = max(0, size.height // 2 - (protocol != "text"))
            if text and size.height:
                gap = (size.width - len(text)) // 2
                words = [Segment(" " * gap, ground), Segment(text, ground + palette.styles["faint"])]
                self._strips[min(line, size.height - 1)] = Strip(words).adjust_cell_length(size.width, ground)
        elif protocol == "blocks":
            columns, lines = fit_cells("blocks", self._image, (size.width, size.height), self._output.cell)
            left, top = (size.width - columns) // 2, (size.height - lines) // 2
            for n, strip in enumerate(half_blocks(self._image, columns, lines)):
                margin = Segment(" " * left, ground)
                self._strips[top + n] = Strip([margin, *strip]).adjust_cell_length(size.width, ground)
        elif kept:
            left, top = (size.width - kept.width) // 2, (size.height - kept.height) // 2
            right = size.width - left - kept.width
            around = [
                Segment(" " * left, ground),
                Segment(f"\x1b[{kept.width}C", control=_CURSOR_CONTROL),
                Segment(" " * right, ground),
            ]
            self._strips[top : top + kept.height] = [Strip(around, size.width)] * kept.height

    def _probe_link(self) -> None:
        """What a picture of half blocks takes on the line, about."""
        runs = (segment for strip in self._strips for segment in strip if segment.style and segment.text[:1] == "▀")
        self._output.probe(sum(40 for _ in runs))

    # What happens to it

    def on_resize(self) -> None:
        """The picture was made for another size."""
        self.hide_image()
        self.post_message(self.SizeChanged())

    def on_hide(self, event: events.Hide) -> None:
        """A terminal that keeps pictures is told to forget this one."""
        self.release()

    def on_unmount(self) -> None:
        """Nothing is left behind."""
        self.hide_image()
