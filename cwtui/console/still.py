"""A frame in the terminal, in the best way it has, as large as the line allows."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from rich.control import Control
from rich.segment import ControlType, Segment
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip

from cwtui.console.part import Part
from cwtui.console.pictures import blocks, cells_of, escaped, forgotten, pixels_for
from cwtui.console.words import cut

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cwtui.console.frames import Wish


_numbers = count(7001)
# Rich keeps its hands off a segment that is a control.
_CONTROL = ((ControlType.CURSOR_FORWARD, 0),)


class Still(Part):
    """One picture, or a few words instead. Every way of showing it fills the same cells."""

    class Sized(Message):
        """There is another room for the picture."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._number = next(_numbers)
        self._picture: NDArray[np.uint8] | None = None
        self._words = ""
        self._asked: Wish | None = None
        self._strips: list[Strip] = []
        self._sequence = ""
        self._made_for: tuple[object, ...] = ()
        self.cells = (0, 0)

    @property
    def shows(self) -> bool:
        """Whether there is a picture now."""
        return self._picture is not None

    def wanted_width(self, shape: float) -> int:
        """How many pixels wide a picture of this shape should be; 0 where none is shown."""
        size, desk = self.content_size, self.desk
        if desk.pictures == "text" or size.width < 8 or size.height < 3:
            return 0
        budget = desk.link.budget
        return pixels_for(desk.pictures, (size.width, size.height), desk.terminal.cell, shape, budget)

    def ask(self, wish: Wish) -> None:
        """Asks for a frame, unless it is the one that was asked for last: jobs that report send no picture again."""
        if wish != self._asked:
            self._asked = wish
            self.desk.frames.want(wish)

    def put(self, picture: NDArray[np.uint8] | None, words: str = "") -> None:
        """Shows a picture (height, width, 3), or words where there is none."""
        if picture is None:
            self._asked = None
        if picture is None and self._picture is None and words == self._words:
            return
        self._picture, self._words = picture, words
        self._made_for = ()
        self.refresh()
        if picture is not None and self.desk.pictures != "text":
            self.call_after_refresh(self._time_it)

    def render_lines(self, crop: Region) -> list[Strip]:
        """All of it at once: a picture cannot be drawn by the line."""
        self._make(self.content_size)
        strips = [strip.crop(crop.x, crop.right) for strip in self._strips[crop.y : crop.bottom]]
        whole = crop.width == self.size.width and crop.bottom == self.size.height
        if self._sequence and whole and self.screen.is_active:
            here = self.region
            left = here.x + (here.width - self.cells[0]) // 2
            top = here.y + (here.height - self.cells[1]) // 2
            strips[-1] = Strip(
                [
                    *strips[-1],
                    Segment(Control.move_to(left, top).segment.text, control=_CONTROL),
                    Segment(self._sequence, control=_CONTROL),
                    Segment(Control.move_to(here.right, here.bottom - 1).segment.text, control=_CONTROL),
                ],
                crop.width,
            )
        return strips

    def _make(self, size: Size) -> None:
        desk = self.desk
        made_for = (id(self._picture), self._words, size, desk.pictures, desk.theme)
        if made_for == self._made_for:
            return
        self._made_for = made_for
        ground = self.rich_style
        self._sequence = ""
        self._strips = [Strip.blank(size.width, ground)] * size.height
        if self._picture is None or desk.pictures == "text":
            text = cut(self._words, size.width)
            line = max(0, size.height // 2 - (desk.pictures != "text"))
            if text and size.height:
                gap = (size.width - len(text)) // 2
                words = [Segment(" " * gap, ground), Segment(text, ground + desk.ink.styles["faint"])]
                self._strips[min(line, size.height - 1)] = Strip(words).adjust_cell_length(size.width, ground)
            self.cells = (0, 0)
            return
        columns, lines = self.cells = cells_of(
            desk.pictures, self._picture, (size.width, size.height), desk.terminal.cell
        )
        if desk.pictures == "blocks":
            left, top = (size.width - columns) // 2, (size.height - lines) // 2
            for n, strip in enumerate(blocks(self._picture, columns, lines)):
                margin = Segment(" " * left, ground)
                self._strips[top + n] = Strip([margin, *strip]).adjust_cell_length(size.width, ground)
        else:
            self._sequence = escaped(desk.pictures, self._picture, columns, lines, self._number)

    @property
    def weight(self) -> int:
        """What the picture takes on the line, in bytes, about."""
        if self._sequence:
            return len(self._sequence)
        return sum(40 for strip in self._strips for segment in strip if segment.style and segment.text[:1] == "▀")

    def _time_it(self) -> None:
        self.desk.ask_the_line(self.weight)

    def on_resize(self) -> None:
        """The picture was made for another size."""
        self.post_message(self.Sized())

    def on_hide(self, event: events.Hide) -> None:
        """Another room: a terminal that keeps pictures is told to forget this one."""
        self.take_off()

    def take_off(self) -> None:
        """Off the terminal, where it would stay over what is drawn next."""
        self._asked = None
        if self._sequence and self.desk.pictures == "kitty":
            self.desk.to_terminal(forgotten(self._number))
