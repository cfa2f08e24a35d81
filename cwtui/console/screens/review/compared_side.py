"""A side of Review's upper pane: the picture of a take, and in a comparison its name, measures and words."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from rich.style import Style
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Static

from cwtui.console.terminal.picture_output import PictureOutput
from cwtui.console.theme import Palette, palette_of
from cwtui.console.widgets.compared_words import ComparedWord, ComparedWords
from cwtui.console.widgets.frame_view import FrameView
from cwtui.console.widgets.text_layout import pad, truncate


@dataclass(frozen=True, slots=True)
class SideData:
    """What a comparison shows of a take. `focused`: actions apply to it. `placeholder` is shown without words."""

    label: str
    verdict: str
    starred: bool
    focused: bool
    measures: tuple[tuple[str, str], ...] = ()
    words: tuple[ComparedWord, ...] = ()
    placeholder: str = ""


class ComparedSide(Vertical):
    """A frame view. In a comparison, a heading above it, and measures and words below."""

    class Clicked(Message):
        """A side was clicked."""

        def __init__(self, side: ComparedSide) -> None:
            super().__init__()
            self.side = side

    def __init__(self, output: PictureOutput, frame_id: str, *, id: str) -> None:
        super().__init__(id=id)
        self._output, self._frame_id = output, frame_id
        self._data: SideData | None = None

    def compose(self) -> ComposeResult:
        yield Static(classes="side-heading")
        yield FrameView(self._output, id=self._frame_id)
        yield Static(classes="side-measures")
        yield ComparedWords()

    @property
    def frame(self) -> FrameView:
        """The picture."""
        return self.query_one(FrameView)

    def show(self, data: SideData) -> None:
        """Shows a take."""
        self._data = data
        self._update()

    def set_position(self, at: Fraction) -> None:
        """Highlights the word at a time in seconds of its take."""
        self.query_one(ComparedWords).set_position(at)

    def on_resize(self) -> None:
        self._update()

    def _update(self) -> None:
        data, palette = self._data, palette_of(self)
        if data is None:
            return
        self.query_one(".side-heading", Static).update(_heading(data, palette, self.size.width))
        self.query_one(".side-measures", Static).update(_measures(data, palette))
        self.query_one(ComparedWords).set_words(data.words, data.placeholder)

    def on_click(self, event: events.Click) -> None:
        self.post_message(self.Clicked(self))


def _heading(data: SideData, palette: Palette, width: int) -> Text:
    decision = f"{'★ ' if data.starred else ''}{data.verdict}"
    name = pad(f" {'▸' if data.focused else ' '} {data.label}", max(0, width - len(decision) - 1))
    style = palette.styles["here"]
    if data.focused:
        return Text(f"{name}{decision} ", style + Style(reverse=True), no_wrap=True)
    return Text(truncate(f"{name}{decision}", width), palette.styles["quiet"], no_wrap=True)


def _measures(data: SideData, palette: Palette) -> Text:
    line = Text()
    for n, (kind, value) in enumerate(data.measures):
        line.append(" · " if n else "", palette.styles["faint"]).append(value, palette.styles[kind])
    return line
