"""A scope: as a picture where the terminal has graphics, as braille elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from cwtui.console.messages import FrameLoaded, FramesNeeded, LookFrameRequest
from cwtui.console.terminal.picture_output import PictureOutput
from cwtui.console.theme import Palette, palette_of
from cwtui.console.widgets.braille import cell_char
from cwtui.console.widgets.frame_view import FrameView

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# The dots of a cell by row from the top and column.
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
# Values of a scope's picture: lines of the scale are darker than what is measured, the ground is darker still.
_GRID, _TRACE = 40, 78


class BrailleView(Widget):
    """A scope's picture with two columns and four rows of dots a cell."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._cells: list[list[tuple[str, str]]] = []

    def show(self, picture: NDArray[np.uint8] | None) -> None:
        """Shows a picture of (4 × lines, 2 × columns, 3)."""
        self._cells = [] if picture is None else braille_cells(picture)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width, ground = self.size.width, self.rich_style
        if y >= len(self._cells):
            return Strip.blank(width, ground)
        palette = palette_of(self)
        segments = [Segment(char, ground + _style(palette, kind)) for char, kind in self._cells[y]]
        return Strip(segments).simplify().adjust_cell_length(width, ground)


def braille_cells(picture: NDArray[np.uint8]) -> list[list[tuple[str, str]]]:
    """The character and the kind of colour of each cell by line: grid, white, red, green or blue."""
    lines, columns = picture.shape[0] // 4, picture.shape[1] // 2
    blocks = picture[: lines * 4, : columns * 2].reshape(lines, 4, columns, 2, 3)
    light = blocks.max(axis=4)
    made = []
    for y in range(lines):
        line = []
        for x in range(columns):
            values = light[y, :, x]
            highest = int(values.max())
            lit = values >= (_TRACE if highest >= _TRACE else _GRID)
            dots = sum(_DOTS[row][column] for row in range(4) for column in range(2) if lit[row, column])
            row, column = divmod(int(values.argmax()), 2)
            kind = "grid" if highest < _TRACE else _kind(*(int(value) for value in blocks[y, row, x, column]))
            line.append((cell_char(dots) if dots else " ", kind))
        made.append(line)
    return made


def _kind(red: int, green: int, blue: int) -> str:
    """The channel that a pixel of a scope stands for."""
    if max(red, green, blue) < 1.25 * min(red, green, blue):
        return "white"
    return max((red, "red"), (green, "green"), (blue, "blue"))[1]


def _style(palette: Palette, kind: str) -> Style:
    styles = {"grid": palette.styles["faint"], "white": palette.styles["text"], "red": palette.styles["red"]}
    return styles.get(kind) or palette.voice({"green": 0, "blue": 1}[kind])


class ScopeView(Widget):
    """The scope of a frame."""

    def __init__(self, output: PictureOutput, *, id: str) -> None:
        super().__init__(id=id)
        self._output = output
        self._requested: LookFrameRequest | None = None

    def compose(self) -> Iterable[Widget]:
        yield FrameView(self._output, id="scope-frame")
        yield BrailleView(id="scope-braille")

    def request(self, request: LookFrameRequest) -> None:
        """Requests a scope in the size of the view, unless it is the last one again."""
        frame, dots = self.query_one(FrameView), self.query_one(BrailleView)
        graphics = self._output.protocol not in ("blocks", "text")
        frame.display, dots.display = graphics, not graphics
        size = self.content_size
        if size.width < 4 or size.height < 2:
            return
        if graphics:
            cell = self._output.cell
            shape = size.width * cell[0] / (size.height * cell[1])
            if width := frame.image_width(shape):
                frame.request(replace(request, width=width, height=max(1, round(width / shape))))
            return
        request = replace(request, width=2 * size.width, height=4 * size.height)
        if request != self._requested:
            self._requested = request
            self.post_message(FramesNeeded([request]))

    def show_frame(self, event: FrameLoaded) -> None:
        """Shows a scope; without one, the last one stays."""
        if event.error is not None:
            return
        if self._output.protocol in ("blocks", "text"):
            self.query_one(BrailleView).show(event.picture)
        else:
            self.query_one(FrameView).show_frame(event)

    def clear(self) -> None:
        """Removes the scope."""
        self._requested = None
        self.query_one(BrailleView).show(None)
        self.query_one(FrameView).set_image(None)

    def forget(self) -> None:
        """Forgets the last request, which may have been cancelled."""
        self._requested = None
