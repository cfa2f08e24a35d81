"""Prompts for the input transform of log takes, with a frame by the one under the cursor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from rich.segment import Segment
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from cwtui.console.dialogs.base import Dialog, close_bindings
from cwtui.console.messages import FrameLoaded, FrameRequest, FramesNeeded
from cwtui.console.terminal.picture_output import PictureOutput
from cwtui.console.theme import palette_of
from cwtui.console.widgets.columns import Column, lay_out
from cwtui.console.widgets.frame_view import WAITING, FrameView
from cwtui.console.widgets.row_list import RowList
from engine.catalog import Encoding, Take

NONE_OF_THESE = "none"
_SLOT = "transform"
_CHOICE_COLUMNS = (Column(13), Column(12, grow=1, rank=1))


@dataclass(frozen=True, slots=True)
class FrameSource:
    """The terminal that a dialog's frames are sent to, and the function that requests them."""

    output: PictureOutput
    request: Callable[[FrameRequest], None]


class TransformPrompt(Dialog[str | None]):
    """Prompts for one of `choices` of (input transform, label, remark) for takes; returns it, or None to keep waiting.

    The frame is of one of the takes, by the input transform under the cursor; ← and → show another take.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *close_bindings("quit"),
        Binding("up,k", "move(-1)", "up"),
        Binding("down,j", "move(1)", "down"),
        Binding("left,h", "show_take(-1)", "previous take"),
        Binding("right,l", "show_take(1)", "next take"),
        Binding("enter", "take", "choose"),
    ]

    def __init__(
        self,
        takes: Sequence[Take],
        choices: Sequence[tuple[str, str, str]],
        at: str | None,
        frames: FrameSource,
        shown: int = 0,
    ) -> None:
        super().__init__()
        self._takes, self._at, self._frames, self._shown = takes, at, frames, shown
        self._choices = {choice: (label, remark) for choice, label, remark in choices}
        self._choices[NONE_OF_THESE] = ("None of these", "keep waiting")
        # Loaded frames by take and choice, of the present size.
        self._loaded: dict[tuple[str, str], FrameLoaded] = {}

    def compose(self) -> ComposeResult:
        several = len(self._takes) > 1
        with Vertical(classes="card looks"):
            name = f"{len(self._takes)} takes" if several else self._takes[0].label
            yield Static(f"Input transform for {name}", classes="title", markup=False)
            with Horizontal():
                yield RowList(self._draw)
                yield FrameView(self._frames.output)
            yield Static("", classes="hint", markup=False)

    def on_mount(self) -> None:
        rows = self.query_one(RowList)
        rows.set_rows(list(self._choices))
        rows.move_to(self._at)
        self._show_hint()

    def action_move(self, steps: int) -> None:
        self.query_one(RowList).move_by(steps)

    def action_show_take(self, steps: int) -> None:
        """Shows another of the takes."""
        self._shown = (self._shown + steps) % len(self._takes)
        self._show_hint()
        self._show_frame()

    @on(RowList.RowSelected)
    def action_take(self) -> None:
        choice = self.query_one(RowList).cursor
        self.dismiss(None if choice == NONE_OF_THESE else choice)

    @on(RowList.RowHighlighted)
    def _show_frame(self) -> None:
        frame, choice, take = self.query_one(FrameView), self.query_one(RowList).cursor, self._takes[self._shown]
        picture = take.probe.picture
        if choice is None or picture is None:
            return
        if choice == NONE_OF_THESE:
            frame.set_image(None, "The take keeps waiting.")
        elif loaded := self._loaded.get((take.id, choice)):
            frame.show_frame(loaded)
        elif width := frame.image_width(picture.display_width / picture.display_height):
            if not frame.has_image:
                frame.set_image(None, WAITING)
            # A third into the take, as in Takes.
            frame.request(FrameRequest(_SLOT, take, picture.frames // 3, width, transform=Encoding(choice)))
        else:
            frame.set_image(None, "")

    @on(FrameView.SizeChanged)
    def _resized(self) -> None:
        self._loaded.clear()
        self._show_frame()

    @on(FramesNeeded)
    def _request_frames(self, event: FramesNeeded) -> None:
        event.stop()
        for request in event.requests:
            self._frames.request(request)

    def frame_loaded(self, event: FrameLoaded) -> None:
        """Shows a frame if its choice is under the cursor, and requests those of the other choices."""
        request = event.request
        if not request.slot.startswith(_SLOT) or request.transform is None:
            return
        self._loaded[request.take.id, str(request.transform)] = event
        take, choice = self._takes[self._shown], self.query_one(RowList).cursor
        if (request.take.id, str(request.transform)) == (take.id, choice):
            self.query_one(FrameView).show_frame(event)
        if request.slot == _SLOT and event.error is None:
            for other in self._choices.keys() - {NONE_OF_THESE}:
                if (take.id, other) not in self._loaded:
                    slot = f"{_SLOT} {other}"
                    self._frames.request(replace(request, slot=slot, transform=Encoding(other), priority=1))

    def _show_hint(self) -> None:
        more = ""
        if len(self._takes) > 1:
            more = f"   ← → {self._takes[self._shown].label}, {self._shown + 1} of {len(self._takes)}"
        self.query_one(".hint", Static).update(f"⏎ Confirm   esc Cancel{more}")

    def _draw(self, key: str, width: int, here: bool) -> Iterable[Segment]:
        styles = palette_of(self).styles
        label, remark = self._choices[key]
        name = (label, styles["strong" if here else "text"])
        yield from lay_out(_CHOICE_COLUMNS, [name, (remark, styles["quiet"])], width)
