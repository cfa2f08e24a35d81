"""What was said, line by line with its times and speakers, the word at the playhead lit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events
from textual.geometry import Region
from textual.strip import Strip

from cwtui.console.screens.review.navigation import word_at
from cwtui.console.widgets.base import Part, Went
from cwtui.formatting import cut, filled, moment

if TYPE_CHECKING:
    from cwtui.console.theme import Ink
    from engine.speech import Transcript, Word

_TIME, _WHO = 10, 8
# Words shown before the one that is said.
_BEFORE = 3


@dataclass(frozen=True, slots=True)
class _Line:
    """Words `first` to `last` (exclusive), with a time and a name where a stretch begins."""

    first: int
    last: int
    time: str = ""
    who: str = ""
    voice: int = 0


class Script(Part):
    """A transcript that follows the playhead. A click on a word goes there, the wheel to the lines around."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._transcript: Transcript | None = None
        self._words = ""
        self._lines: list[_Line] = []
        self._lines_for: tuple[object, ...] = ()
        self._here: int | None = None
        self._top = 0

    def put(self, transcript: Transcript | None, words: str = "") -> None:
        """Another transcript; `words` say why there is none."""
        if transcript is not self._transcript or words != self._words:
            self._transcript, self._words = transcript, words
            self._lines_for = ()
            self._here, self._top = None, 0
            self.refresh()

    def go(self, at: Fraction) -> None:
        """The playhead; only the lines that change are drawn."""
        if self._transcript is None:
            return
        here = word_at(self._transcript.words, at)
        if here == self._here:
            return
        before, self._here = self._line_of(self._here), here
        now = self._line_of(here)
        top = self._top
        if now is not None:
            # A third down: what comes is read ahead.
            top = max(0, min(now - self.size.height // 3, len(self._lines) - self.size.height))
            if (
                abs(top - self._top) < max(2, self.size.height // 4)
                and self._top <= now < self._top + self.size.height - 1
            ):
                top = self._top
        if top != self._top:
            self._top = top
            self.refresh()
            return
        for line in {line for line in (before, now) if line is not None}:
            self.refresh(Region(0, line - self._top, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        """A line of the widget."""
        width, ground = self.size.width, self.rich_style
        ink = self.desk.ink
        self._make(width)
        if self._transcript is None or not self._lines:
            words = filled(f"  {self._words}" if y == 0 else "", width)
            return Strip([Segment(words, ground + ink.styles["faint"])], width)
        if self._top + y >= len(self._lines):
            return Strip.blank(width, ground)
        line = self._lines[self._top + y]
        segments = [
            Segment(filled(line.time, _TIME), ground + ink.styles["faint"]),
            Segment(filled(line.who, _WHO), ground + ink.voice(line.voice)),
        ]
        for n in range(line.first, line.last):
            word = self._transcript.words[n]
            style = ground + ink.styles["text" if word.confidence >= 0.5 or word.corrected else "quiet"]
            if n == self._here:
                style = ground + ink.styles["here"]
                style = style + Style(reverse=True)
            segments += [Segment(word.text, style), Segment(self._gap_after(n), ground)]
        return Strip(segments).adjust_cell_length(width, ground)

    def _make(self, width: int) -> None:
        made_for = (id(self._transcript), width)
        if made_for == self._lines_for:
            return
        self._lines_for = made_for
        self._lines = []
        if self._transcript is None:
            return
        transcript, room = self._transcript, max(8, width - _TIME - _WHO - 1)
        order = {speaker.id: n for n, speaker in enumerate(transcript.speakers)}
        said = ""
        for segment in transcript.segments:
            who = transcript.called(segment.speaker) or ""
            told, said = ("" if who == said else cut(who, _WHO - 1)), who
            voice, first, used, time = order.get(segment.speaker or "", 0), segment.first, 0, moment(segment.start)[:8]
            for n in range(segment.first, segment.last):
                size = cell_len(transcript.words[n].text) + len(self._gap_after(n))
                if used + size > room and n > first:
                    self._lines.append(_Line(first, n, time, told, voice))
                    first, used, time, told = n, 0, "", ""
                used += size
            self._lines.append(_Line(first, segment.last, time, told, voice))

    def _gap_after(self, n: int) -> str:
        """What stands between a word and the next one: a space, or nothing in scripts that write none."""
        words = self._transcript.words if self._transcript else ()
        return _gap(words, n)

    def _line_of(self, word: int | None) -> int | None:
        self._make(self.size.width)
        if word is None:
            return None
        return next((n for n, line in enumerate(self._lines) if line.first <= word < line.last), None)

    def on_click(self, event: events.Click) -> None:
        """The word that is there."""
        if self._transcript is None or self._top + event.y >= len(self._lines):
            return
        line = self._lines[self._top + event.y]
        x = _TIME + _WHO
        for n in range(line.first, line.last):
            x += cell_len(self._transcript.words[n].text) + len(self._gap_after(n))
            if event.x < x:
                self.post_message(Went(self._transcript.words[n].start))
                return

    def on_mouse_scroll_down(self) -> None:
        """Lines further down."""
        self._top = max(0, min(self._top + 2, len(self._lines) - self.size.height))
        self.refresh()

    def on_mouse_scroll_up(self) -> None:
        """Lines further up."""
        self._top = max(0, self._top - 2)
        self.refresh()


def around(ink: Ink, label: str, transcript: Transcript | None, at: Fraction, width: int) -> Text:
    """A take's name and, in one line, the words around a moment; the one that is said there lit."""
    line = Text(no_wrap=True).append(f"{label}  ", ink.styles["quiet"])
    words = transcript.words if transcript else ()
    here = word_at(words, at)
    for n in range(max(0, (here or 0) - _BEFORE), len(words)):
        style = ink.styles["here"] + Style(reverse=True) if n == here else ink.styles["text"]
        line.append(words[n].text, style).append(_gap(words, n))
        if line.cell_len >= width:
            break
    line.truncate(width, overflow="ellipsis")
    return line


def _gap(words: Sequence[Word], n: int) -> str:
    from engine.speech import has_space

    return " " if n + 1 >= len(words) or has_space(words[n], words[n + 1]) else ""
