"""Prompts for the input transform of log takes, with a frame by the one under the cursor."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import ClassVar

from rich.segment import Segment
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from cwtui.console.dialogs.base import Dialog, close_bindings
from cwtui.console.dialogs.take_frame import FrameSource, TakeFrame
from cwtui.console.messages import FrameLoaded, FrameRequest
from cwtui.console.theme import palette_of
from cwtui.console.widgets.columns import Column, lay_out
from cwtui.console.widgets.frame_view import FrameView
from cwtui.console.widgets.row_list import RowList
from engine.catalog import Encoding, Take

NONE_OF_THESE = "none"
_SLOT = "transform"
_CHOICE_COLUMNS = (Column(13), Column(12, grow=1, rank=1))


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

    def compose(self) -> ComposeResult:
        several = len(self._takes) > 1
        with Vertical(classes="card looks"):
            name = f"{len(self._takes)} takes" if several else self._takes[0].label
            yield Static(f"Input transform for {name}", classes="title", markup=False)
            with Horizontal():
                yield RowList(self._draw)
                yield TakeFrame(self._frames, _SLOT)
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
    @on(FrameView.SizeChanged)
    def _show_frame(self) -> None:
        frame, choice = self.query_one(TakeFrame), self.query_one(RowList).cursor
        if choice == NONE_OF_THESE:
            frame.show_text("The take keeps waiting.")
        elif choice is not None:
            frame.show_take(self._takes[self._shown], Encoding(choice))

    def frame_loaded(self, event: FrameLoaded) -> None:
        """Shows a frame if its choice is under the cursor, and requests those of the other choices."""
        request = event.request
        if not isinstance(request, FrameRequest) or not request.slot.startswith(_SLOT) or request.transform is None:
            return
        frame = self.query_one(TakeFrame)
        frame.frame_loaded(event)
        take = self._takes[self._shown]
        if request.slot == _SLOT and event.error is None:
            for other in self._choices.keys() - {NONE_OF_THESE}:
                if not frame.has_loaded(take, Encoding(other)):
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
