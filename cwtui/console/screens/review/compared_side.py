"""A side of Review's upper pane: the picture of a take, and in a comparison its name, measures and words."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from rich.style import Style
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from cwtui.console.messages import SeekRequested
from cwtui.console.terminal.picture_output import PictureOutput
from cwtui.console.theme import Palette, palette_of
from cwtui.console.widgets.compared_words import ComparedWord, ComparedWords
from cwtui.console.widgets.frame_view import FrameView
from cwtui.console.widgets.text_layout import pad, truncate


@dataclass(frozen=True, slots=True)
class SideData:
    """A take as a comparison shows it. `focused`: actions apply to it. `placeholder` is shown without words."""

    label: str
    verdict: str
    starred: bool
    focused: bool
    measures: tuple[tuple[str, str], ...] = ()
    words: tuple[ComparedWord, ...] = ()
    placeholder: str = ""


class SideHeading(Widget):
    """The take's name and its verdict; a bar in the accent colour on the side with the focus."""

    data: reactive[SideData | None] = reactive(None)

    def render(self) -> Text:
        return _heading(self.data, palette_of(self), self.size.width) if self.data else Text("")


class SideMeasures(Widget):
    """The measures that decide, in running text."""

    data: reactive[SideData | None] = reactive(None, layout=True)

    def render(self) -> Text:
        return _measures(self.data, palette_of(self)) if self.data else Text("")


class ComparedSide(Vertical):
    """A frame view. In a comparison, a heading above it, and measures and words below. A click posts Selected."""

    class Selected(Message):
        """A side was clicked; `at` is the time of the word that was clicked, in seconds."""

        def __init__(self, side: ComparedSide, at: Fraction | None) -> None:
            super().__init__()
            self.side = side
            self.at = at

    def __init__(self, output: PictureOutput, frame_id: str, *, id: str) -> None:
        super().__init__(id=id)
        self._output, self._frame_id = output, frame_id

    def compose(self) -> ComposeResult:
        yield SideHeading()
        yield FrameView(self._output, id=self._frame_id)
        yield SideMeasures()
        yield ComparedWords()

    @property
    def frame(self) -> FrameView:
        """The picture."""
        return self.query_one(FrameView)

    def show(self, data: SideData) -> None:
        """Shows a take."""
        self.query_one(SideHeading).data = data
        self.query_one(SideMeasures).data = data
        self.query_one(ComparedWords).set_words(data.words, data.placeholder)

    def on_click(self) -> None:
        self.post_message(self.Selected(self, None))

    @on(SeekRequested)
    def _word_clicked(self, event: SeekRequested) -> None:
        """Passes the time on with its side: the two takes have clocks of their own."""
        event.stop()
        self.post_message(self.Selected(self, event.at))

    def set_position(self, at: Fraction) -> None:
        """Highlights the word at a time in seconds of its take."""
        self.query_one(ComparedWords).set_position(at)


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
