"""A frame by the best image protocol of the terminal, as large as the line to it allows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count, islice
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.control import Control
from rich.segment import ControlType, Segment
from textual import events
from textual.errors import NoWidget
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from cwtui.console.messages import FrameLoaded, FramesNeeded, PictureRequest
from cwtui.console.terminal.graphics import (
    EncodedImage,
    RenderTarget,
    finest_width,
    fit_cells,
    half_block_lines,
    kitty_delete,
    pixel_width,
)
from cwtui.console.terminal.picture_output import PictureOutput
from cwtui.console.theme import palette_of
from cwtui.console.widgets.text_layout import wrap

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


WAITING = "…"
"""The text of a picture that is being loaded."""

_WAITING_STEPS = ("•··", "·•·", "··•")
_STEP_S = 0.35
_image_ids = count(7001)
# Rich does not change control segments.
_CURSOR_CONTROL = ((ControlType.CURSOR_FORWARD, 0),)
# The budget changes with each measurement of the line: an image is sent again only if it grows by this factor.
_MIN_GROWTH = 1.5
# A half-block image that was sent coarsely is sent finely after this time of rest, a band of lines at a time, so that
# no key waits for more than a band.
_REST_S, _BAND_INTERVAL_S, _BAND_LINES = 0.4, 0.04, 5
# Saves and restores the cursor, which Textual relies on.
_AT_POSITION = "\x1b7{}{}\x1b8"


class FrameView(Widget):
    """An image, or a short text. All protocols fill the same cells.

    An image is written to the terminal once, bypassing Textual. Its cells are not redrawn while it is shown.
    """

    class SizeChanged(Message):
        """The size of the view has changed."""

    def __init__(self, output: PictureOutput, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._output = output
        self._image_id = next(_image_ids)
        self._image: NDArray[np.uint8] | None = None
        self._encoded: EncodedImage | None = None
        self._text = ""
        self._requested: PictureRequest | None = None
        self._fulfilled: PictureRequest | None = None
        self._strips: list[Strip] = []
        self._made_for: tuple[object, ...] = ()
        # The image that the terminal shows, its cells, and the size of the screen.
        self._placed: tuple[EncodedImage, Region, Size] | None = None
        self._rest_timer: Timer | None = None
        # The lines of a finer image that are not shown yet.
        self._finer: Iterator[Strip] | None = None
        self._wait_timer: Timer | None = None
        self._step = 0

    @property
    def has_image(self) -> bool:
        """Whether an image is shown."""
        return self._image is not None

    @property
    def _target(self) -> RenderTarget:
        size, output = self.content_size, self._output
        return RenderTarget(output.protocol, (size.width, size.height), output.cell, self._image_id)

    def image_width(self, shape: float) -> int:
        """Returns the width in pixels of an image with this aspect ratio; 0 if images are not shown."""
        size, output = self.content_size, self._output
        if output.protocol == "text" or size.width < 8 or size.height < 3:
            return 0
        return pixel_width(output.protocol, (size.width, size.height), output.cell, shape, output.link.budget)

    def request(self, request: PictureRequest) -> None:
        """Requests a frame, unless it is the last one again: progress of jobs sends no image again."""
        request, asked = replace(request, target=self._target), self._requested
        if asked and replace(request, width=asked.width) == asked and request.width < _MIN_GROWTH * asked.width:
            return
        self._requested = request
        self.post_message(FramesNeeded([request]))

    def show_frame(self, event: FrameLoaded) -> None:
        """Shows a frame or its error. A frame for another size is dropped; it is requested again."""
        request, before = event.request, self._fulfilled
        if request.target != self._target:
            return
        finer = before is not None and request.width > before.width and replace(request, width=before.width) == before
        self._fulfilled = request
        if finer and self._output.protocol == "blocks" and event.picture is not None and self.has_image:
            self._refine(event.picture)
            return
        self.set_image(event.picture, event.error.message if event.error else "", event.encoded)
        if event.picture is not None and self._output.protocol == "blocks":
            self._rest_timer = self.set_timer(_REST_S, self._request_finer)

    def set_image(self, picture: NDArray[np.uint8] | None, words: str = "", drawn: EncodedImage | None = None) -> None:
        """Shows an image (height, width, 3) with its encoded form for the terminal, or a text without one."""
        self._cancel_refinement()
        if picture is None:
            self._requested = self._fulfilled = None
            if self._image is None and words == self._text:
                return
            self.hide_image()
        self._image, self._text, self._encoded = picture, words, drawn
        self._made_for = ()
        self._animate_wait(picture is None and words == WAITING)
        if drawn is None:
            self.refresh()
        self.show_image()
        if picture is not None and self._output.protocol == "blocks":
            self.call_after_refresh(self._probe_link)

    def _animate_wait(self, waits: bool) -> None:
        """Animates the text while a picture is loaded."""
        if self._wait_timer:
            self._wait_timer.stop()
        self._step = 0
        self._wait_timer = self.set_interval(_STEP_S, self._next_step) if waits and self._output.motion else None

    def _next_step(self) -> None:
        self._step += 1
        if self.screen.is_active and not self._output.link.slow:
            size = self.content_size
            self.refresh(Region(size.width // 2 - 2, 0, 5, size.height))

    # Finer half blocks

    def _request_finer(self) -> None:
        """Requests the shown frame with a pixel for each half cell, if the line to the terminal is fast enough."""
        shown, image = self._fulfilled, self._image
        if shown is None or image is None or shown != self._requested or not self.screen.is_active:
            return
        size = self.content_size
        width = finest_width((size.width, size.height), image.shape[1] / image.shape[0], self._output.link.budget)
        if width > image.shape[1] + 1:
            self._requested = replace(shown, width=width)
            self.post_message(FramesNeeded([self._requested]))

    def _refine(self, picture: NDArray[np.uint8]) -> None:
        """Shows the same frame with more pixels, a band of lines at a time."""
        self._image, self._text, self._encoded = picture, "", None
        self._made_for = self._key(self.content_size, None)
        self._finer = self._half_block_strips(picture, self.content_size)
        self._show_band(0)

    def _show_band(self, top: int) -> None:
        band = list(islice(self._finer or (), _BAND_LINES))
        if not band or top + len(band) > len(self._strips):
            self._finer = None
            return
        self._strips[top : top + len(band)] = band
        self.refresh(Region(0, top, self.size.width, len(band)))
        # On a busy machine, bands that wait for the same paint would be one large one.
        self.call_after_refresh(self._rest_before_band, self._finer, top + len(band))

    def _rest_before_band(self, finer: Iterator[Strip] | None, top: int) -> None:
        if finer is self._finer and finer is not None:
            self._rest_timer = self.set_timer(_BAND_INTERVAL_S, lambda: self._show_band(top))

    def _cancel_refinement(self) -> None:
        if self._rest_timer:
            self._rest_timer.stop()
        self._rest_timer = self._finer = None

    # Image protocols

    def show_image(self) -> None:
        """Sends the image to the terminal, unless it is there already."""
        before, placement = self._placed, self._placement()
        if placement is None or before == placement:
            return
        self._placed = placement
        if before is None or before[1:] != placement[1:]:
            # Redraw the cells around the image.
            self.refresh()
        drawn, cells, _ = placement
        self._output.write(_AT_POSITION.format(Control.move_to(*cells.offset).segment.text, drawn.sequence))
        self._output.probe(len(drawn.sequence))

    def hide_image(self) -> None:
        """Removes the image; kitty would show it above what is drawn in its cells."""
        if self._placed is None:
            return
        if self._placed[0].target.protocol == "kitty":
            self._output.write(kitty_delete(self._image_id))
        self._placed = None
        self.refresh()

    def release(self) -> None:
        """Removes the image, and forgets requests that may have been cancelled."""
        self._cancel_refinement()
        self.hide_image()
        self._requested = self._fulfilled

    def _placement(self) -> tuple[EncodedImage, Region, Size] | None:
        """Returns the image, its cells and the size of the screen, if all of its cells are visible."""
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

    # Rendering

    def render_lines(self, crop: Region) -> list[Strip]:
        """Returns all lines: an image is not drawn by the line."""
        placement = self._placement()
        kept = placement if placement and self._placed and self._placed[1:] == placement[1:] else None
        self._build(self.content_size, kept[1] if kept else None)
        if placement and not kept:
            # The view moved, or was hidden.
            self.call_later(self.show_image)
        return [strip.crop(crop.x, crop.right) for strip in self._strips[crop.y : crop.bottom]]

    def _build(self, size: Size, kept: Region | None) -> None:
        protocol, palette = self._output.protocol, palette_of(self)
        ground = self.rich_style
        made_for = self._key(size, kept)
        if made_for == self._made_for:
            return
        self._made_for = made_for
        self._strips = [Strip.blank(size.width, ground)] * size.height
        if self._image is None or protocol == "text":
            shown = _WAITING_STEPS[self._step % len(_WAITING_STEPS)] if self._wait_timer else self._text
            lines = wrap(shown, max(1, size.width - 2))[: size.height] if self._text else []
            top = max(0, min((size.height - len(lines) + 1) // 2 - (protocol != "text"), size.height - len(lines)))
            for y, text in enumerate(lines, top):
                gap = max(0, (size.width - cell_len(text)) // 2)
                words = [Segment(" " * gap, ground), Segment(text, ground + palette.styles["faint"])]
                self._strips[y] = Strip(words).adjust_cell_length(size.width, ground)
        elif protocol == "blocks":
            self._strips = list(self._half_block_strips(self._image, size))
        elif kept:
            left, top = (size.width - kept.width) // 2, (size.height - kept.height) // 2
            right = size.width - left - kept.width
            around = [
                Segment(" " * left, ground),
                Segment(f"\x1b[{kept.width}C", control=_CURSOR_CONTROL),
                Segment(" " * right, ground),
            ]
            self._strips[top : top + kept.height] = [Strip(around, size.width)] * kept.height

    def _key(self, size: Size, kept: Region | None) -> tuple[object, ...]:
        """Returns the values that the strips depend on."""
        return (
            id(self._image),
            self._text,
            self._step,
            size,
            kept,
            self._output.protocol,
            palette_of(self).name,
            self.rich_style,
        )

    def _half_block_strips(self, picture: NDArray[np.uint8], size: Size) -> Iterator[Strip]:
        """Yields the strips of all lines, with the image in their middle."""
        ground = self.rich_style
        columns, lines = fit_cells("blocks", picture, (size.width, size.height), self._output.cell)
        left, top = (size.width - columns) // 2, (size.height - lines) // 2
        margin = Segment(" " * left, ground)
        yield from [Strip.blank(size.width, ground)] * top
        for strip in half_block_lines(picture, columns, lines):
            yield Strip([margin, *strip]).adjust_cell_length(size.width, ground)
        yield from [Strip.blank(size.width, ground)] * (size.height - top - lines)

    def _probe_link(self) -> None:
        """Probes the line with the approximate number of bytes of half blocks."""
        self._output.probe(sum(40 if run.text[:1] == "▀" else 25 for strip in self._strips for run in strip))

    # Events

    def on_resize(self) -> None:
        """Removes the image, which was made for another size."""
        self._cancel_refinement()
        self.hide_image()
        self.post_message(self.SizeChanged())

    def on_hide(self, event: events.Hide) -> None:
        """Removes the image."""
        self.release()

    def on_unmount(self) -> None:
        self.hide_image()
