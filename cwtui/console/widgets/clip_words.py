"""The words of a clip as running text, with a cursor and a selection."""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from cwtui.console.theme import palette_of
from cwtui.console.widgets.text_layout import pad


@dataclass(frozen=True, slots=True)
class ShownWord:
    """A word, whether a space is before it, and its number."""

    text: str
    space: bool
    number: int


@dataclass(frozen=True, slots=True)
class ClipWordsData:
    """The words, the number of the one under the cursor, and the selected ones (from, to)."""

    words: tuple[ShownWord, ...] = ()
    current: int | None = None
    selection: tuple[int, int] | None = None
    placeholder: str = ""


class ClipWords(Widget):
    """Running text that keeps the word under the cursor in view. A click posts WordClicked."""

    class WordClicked(Message):
        """A word was clicked."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    data: reactive[ClipWordsData] = reactive(ClipWordsData())

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: list[list[ShownWord]] = []
        self._lines_for: tuple[object, ...] = ()

    @property
    def _top(self) -> int:
        """The first line that is shown: the cursor's line is in the middle."""
        self._lay_out()
        here = next(
            (n for n, line in enumerate(self._lines) if any(word.number == self.data.current for word in line)), 0
        )
        return max(0, min(here - self.size.height // 2, len(self._lines) - self.size.height))

    def _lay_out(self) -> None:
        made_for = (self.data.words, self.size.width)
        if made_for == self._lines_for:
            return
        self._lines_for, self._lines, used = made_for, [[]], 0
        for word in self.data.words:
            size = cell_len(word.text)
            if used + word.space + size > self.size.width and self._lines[-1]:
                self._lines.append([])
                used = 0
            used += size + (word.space and bool(self._lines[-1]))
            self._lines[-1].append(word)

    def render_line(self, y: int) -> Strip:
        width, ground, styles = self.size.width, self.rich_style, palette_of(self).styles
        data, n = self.data, self._top + y
        if not data.words:
            return Strip([Segment(pad(data.placeholder if y == 0 else "", width), ground + styles["faint"])], width)
        if n >= len(self._lines):
            return Strip.blank(width, ground)
        segments: list[Segment] = []
        first, last = data.selection or (0, 0)
        for place, word in enumerate(self._lines[n]):
            selected = first <= word.number < last
            style = ground + styles["text"]
            if selected:
                style = ground + styles["here"] + Style(underline=True)
            if word.number == data.current:
                style = ground + styles["here"] + Style(reverse=True)
            if word.space and place:
                segments.append(Segment(" ", style if selected and first < word.number else ground))
            segments.append(Segment(word.text, style))
        return Strip(segments).adjust_cell_length(width, ground)

    def on_click(self, event: events.Click) -> None:
        """Posts the word that was clicked."""
        n = self._top + event.y
        x = 0
        for place, word in enumerate(self._lines[n] if n < len(self._lines) else []):
            x += cell_len(word.text) + (word.space and place > 0)
            if event.x < x:
                self.post_message(self.WordClicked(word.number))
                return
