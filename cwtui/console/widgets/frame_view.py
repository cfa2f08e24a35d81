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

from cwtui.console.terminal.graphics import Drawn, Form, blocks, cells_of, forgotten, pixels_for
from cwtui.console.widgets.base import Part
from cwtui.formatting import cut

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cwtui.console.workers.frame_loader import Framed, Wish


_numbers = count(7001)
# Rich keeps its hands off a segment that is a control.
_CONTROL = ((ControlType.CURSOR_FORWARD, 0),)
# The line is timed anew with each picture: one that could only be a little larger is not worth sending again.
_LARGER = 1.5
# The cursor is where Textual left it, before and after.
_THERE_AND_BACK = "\x1b7{}{}\x1b8"


class Still(Part):
    """One picture, or a few words instead. Every way of showing it fills the same cells.

    A picture in the terminal's own protocol goes to it once, past Textual, and its cells are left alone while it is
    there: whatever else is drawn anew, it is not sent again.
    """

    class Sized(Message):
        """There is another room for the picture."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._number = next(_numbers)
        self._picture: NDArray[np.uint8] | None = None
        self._drawn: Drawn | None = None
        self._words = ""
        self._asked: Wish | None = None
        self._granted: Wish | None = None
        self._strips: list[Strip] = []
        self._made_for: tuple[object, ...] = ()
        # What the terminal shows now, in which cells, of how many.
        self._laid: tuple[Drawn, Region, Size] | None = None

    @property
    def shows(self) -> bool:
        """Whether there is a picture now."""
        return self._picture is not None

    @property
    def _form(self) -> Form:
        size, desk = self.content_size, self.desk
        return Form(desk.pictures, (size.width, size.height), desk.terminal.cell, self._number)

    def wanted_width(self, shape: float) -> int:
        """How many pixels wide a picture of this shape should be; 0 where none is shown."""
        size, desk = self.content_size, self.desk
        if desk.pictures == "text" or size.width < 8 or size.height < 3:
            return 0
        budget = desk.link.budget
        return pixels_for(desk.pictures, (size.width, size.height), desk.terminal.cell, shape, budget)

    def ask(self, wish: Wish) -> None:
        """Asks for a frame, unless it is the one that was asked for last: jobs that report send no picture again."""
        wish, asked = replace(wish, form=self._form), self._asked
        if asked and replace(wish, width=asked.width) == asked and wish.width < _LARGER * asked.width:
            return
        self._asked = wish
        self.desk.frames.want(wish)

    def framed(self, seen: Framed) -> None:
        """A frame that was asked for, or why there is none. One for other cells than there are is asked for again."""
        if seen.wish.form == self._form:
            self._granted = seen.wish
            self.put(seen.picture, seen.error.message if seen.error else "", seen.drawn)

    def put(self, picture: NDArray[np.uint8] | None, words: str = "", drawn: Drawn | None = None) -> None:
        """Shows a picture (height, width, 3), drawn where the terminal has a protocol, or words where there is none."""
        if picture is None:
            self._asked = self._granted = None
            if self._picture is None and words == self._words:
                return
            self.cover()
        self._picture, self._words, self._drawn = picture, words, drawn
        self._made_for = ()
        if drawn is None:
            self.refresh()
        self.lay()
        if picture is not None and self.desk.pictures == "blocks":
            self.call_after_refresh(self._time_it)

    # The terminal's own protocols

    def lay(self) -> None:
        """Puts the picture on the terminal, if there is one for these cells and it is not there already."""
        before, place = self._laid, self._place()
        if place is None or before == place:
            return
        self._laid = place
        if before is None or before[1:] != place[1:]:
            # What was around it before, or below.
            self.refresh()
        drawn, cells, _ = place
        self.desk.to_terminal(_THERE_AND_BACK.format(Control.move_to(*cells.offset).segment.text, drawn.sequence))
        self.desk.ask_the_line(len(drawn.sequence))

    def cover(self) -> None:
        """Off the terminal: something else is drawn in its cells. One that keeps pictures would show it above that."""
        if self._laid is None:
            return
        if self._laid[0].form.protocol == "kitty":
            self.desk.to_terminal(forgotten(self._number))
        self._laid = None
        self.refresh()

    def take_off(self) -> None:
        """Off the terminal for long: what was asked for and has not come may not come any more."""
        self.cover()
        self._asked = self._granted

    def _place(self) -> tuple[Drawn, Region, Size] | None:
        """What there is to show in which cells, where that can be: nothing is over it, and there is room."""
        drawn = self._drawn
        if drawn is None or drawn.form != self._form or not self.screen.is_active:
            return None
        try:
            found = self.screen.find_widget(self)
        except NoWidget:
            return None
        here, (columns, lines) = found.region, drawn.cells
        if found.visible_region != here:
            return None
        left, top = (here.width - columns) // 2, (here.height - lines) // 2
        return drawn, Region(here.x + left, here.y + top, columns, lines), self.app.size

    # How it is drawn

    def render_lines(self, crop: Region) -> list[Strip]:
        """All of it at once: a picture cannot be drawn by the line."""
        place = self._place()
        kept = place if place and self._laid and self._laid[1:] == place[1:] else None
        self._make(self.content_size, kept[1] if kept else None)
        if place and not kept:
            # It has moved without another size, or was hidden.
            self.call_later(self.lay)
        return [strip.crop(crop.x, crop.right) for strip in self._strips[crop.y : crop.bottom]]

    def _make(self, size: Size, kept: Region | None) -> None:
        desk = self.desk
        made_for = (id(self._picture), self._words, size, kept, desk.pictures, desk.theme)
        if made_for == self._made_for:
            return
        self._made_for = made_for
        ground = self.rich_style
        self._strips = [Strip.blank(size.width, ground)] * size.height
        if self._picture is None or desk.pictures == "text":
            text = cut(self._words, size.width)
            line = max(0, size.height // 2 - (desk.pictures != "text"))
            if text and size.height:
                gap = (size.width - len(text)) // 2
                words = [Segment(" " * gap, ground), Segment(text, ground + desk.ink.styles["faint"])]
                self._strips[min(line, size.height - 1)] = Strip(words).adjust_cell_length(size.width, ground)
        elif desk.pictures == "blocks":
            columns, lines = cells_of("blocks", self._picture, (size.width, size.height), desk.terminal.cell)
            left, top = (size.width - columns) // 2, (size.height - lines) // 2
            for n, strip in enumerate(blocks(self._picture, columns, lines)):
                margin = Segment(" " * left, ground)
                self._strips[top + n] = Strip([margin, *strip]).adjust_cell_length(size.width, ground)
        elif kept:
            left, top = (size.width - kept.width) // 2, (size.height - kept.height) // 2
            right = size.width - left - kept.width
            around = [
                Segment(" " * left, ground),
                Segment(f"\x1b[{kept.width}C", control=_CONTROL),
                Segment(" " * right, ground),
            ]
            self._strips[top : top + kept.height] = [Strip(around, size.width)] * kept.height

    def _time_it(self) -> None:
        """What a picture of half blocks takes on the line, about."""
        runs = (segment for strip in self._strips for segment in strip if segment.style and segment.text[:1] == "▀")
        self.desk.ask_the_line(sum(40 for _ in runs))

    # What happens to it

    def on_resize(self) -> None:
        """The picture was made for another size."""
        self.cover()
        self.post_message(self.Sized())

    def on_hide(self, event: events.Hide) -> None:
        """A terminal that keeps pictures is told to forget this one."""
        self.take_off()

    def on_unmount(self) -> None:
        """Nothing is left behind."""
        self.cover()
