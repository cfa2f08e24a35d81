"""A take as a row of thumbnails; the one at the playhead is marked."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from cwtui.console.messages import FrameLoaded, FrameRequest, FramesNeeded
from cwtui.console.terminal.graphics import half_blocks
from cwtui.console.terminal.picture_output import PictureOutput
from cwtui.console.theme import palette_of
from engine.catalog import Picture, Take

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


# Thumbnails are drawn in half blocks: at this size no image protocol shows more. Cells.
_MAX_FRAME_WIDTH = 16
_SLOT = "filmstrip"


class Filmstrip(Widget):
    """Thumbnails at equal distances over a take. They are loaded one by one, after larger frames."""

    def __init__(self, output: PictureOutput, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._output = output
        self._take: Take | None = None
        self._strips: dict[int, list[Strip]] = {}
        self._count = self._cell = 0
        self._here = -1

    def set_take(self, take: Take | None) -> None:
        """Shows a take, and requests the thumbnails that are missing."""
        width, height = self.size
        picture = take.probe.picture if take else None
        shape = picture.display_width / picture.display_height if picture else 1.0
        wide = max(2, min(_MAX_FRAME_WIDTH, int(2 * (height - 1) * shape)))
        count = max(1, width // (wide + 1)) if width and height > 1 else 0
        if take != self._take or count != self._count or wide + 1 != self._cell:
            self._take, self._count, self._cell, self._here = take, count, wide + 1, -1
            self._strips = {}
            self.refresh()
            self.post_message(FramesNeeded([], cancels=_SLOT))
        if take is None or picture is None or take.needs_director or self._output.protocol == "text":
            return
        if missing := [self._request(take, picture, n) for n in range(count) if n not in self._strips]:
            self.post_message(FramesNeeded(missing))

    def _request(self, take: Take, picture: Picture, n: int) -> FrameRequest:
        tick = picture.frames * (2 * n + 1) // (2 * self._count)
        return FrameRequest(f"{_SLOT}{n}", take, tick, self._cell - 1, priority=10 + n)

    def show_frame(self, event: FrameLoaded) -> None:
        """Shows a thumbnail; one that cannot be decoded stays empty."""
        request, take = event.request, self._take
        picture = take.probe.picture if take else None
        n = int(request.slot.removeprefix(_SLOT))
        if take is None or picture is None or not self._count or request != self._request(take, picture, n):
            return
        self._strips[n] = [] if event.picture is None else self._to_strips(event.picture)
        self.refresh(Region(n * self._cell, 0, self._cell, self.size.height))

    def on_resize(self) -> None:
        """Requests thumbnails for the new size."""
        self.set_take(self._take)

    def set_position(self, at: Fraction) -> None:
        """Marks the thumbnail at the playhead."""
        if self._take is None or not self._count:
            return
        here = min(self._count - 1, int(at * self._count / max(self._take.probe.duration, Fraction(1, 1000))))
        if here != self._here:
            before, self._here = self._here, here
            for n in (before, here):
                self.refresh(Region(n * self._cell, self.size.height - 1, self._cell, 1))

    def render_line(self, y: int) -> Strip:
        width, height = self.size
        ground, styles = self.rich_style, palette_of(self).styles
        segments: list[Segment] = []
        for n in range(self._count):
            if y == height - 1:
                here = n == self._here
                segments.append(
                    Segment(
                        ("━" if here else "─") * (self._cell - 1) + " ", ground + styles["here" if here else "faint"]
                    )
                )
            elif n in self._strips and y < len(self._strips[n]):
                segments += list(self._strips[n][y])
            else:
                segments.append(Segment(" " * self._cell, ground))
        return Strip(segments).adjust_cell_length(width, ground)

    def _to_strips(self, picture: NDArray[np.uint8]) -> list[Strip]:
        lines = min(self.size.height - 1, picture.shape[0] // 2)
        columns = min(self._cell - 1, picture.shape[1])
        return [strip.adjust_cell_length(self._cell, self.rich_style) for strip in half_blocks(picture, columns, lines)]
