"""A transcript with times and speakers; the word at the playhead is highlighted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from cwtui.console.messages import SeekRequested
from cwtui.console.theme import palette_of
from cwtui.console.widgets.text_layout import pad, truncate
from engine.time import format_time

if TYPE_CHECKING:
    from engine.speech import Transcript, Word

_TIME, _SPEAKER = 10, 8


@dataclass(frozen=True, slots=True)
class _TranscriptLine:
    """Words `first` to `last` (exclusive), with time and speaker at the start of a segment."""

    first: int
    last: int
    time: str = ""
    speaker: str = ""
    voice: int = 0


class TranscriptView(Widget):
    """A transcript that follows the playhead; corrected words are underlined.

    A click on a word posts SeekRequested, a double click also WordSelected; the wheel scrolls.
    """

    class WordSelected(Message):
        """A word was double-clicked. A request to seek to it precedes this message."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._transcript: Transcript | None = None
        self._placeholder = ""
        self._lines: list[_TranscriptLine] = []
        self._lines_for: tuple[object, ...] = ()
        self._current: int | None = None
        self._top = 0

    def set_transcript(self, transcript: Transcript | None, words: str = "") -> None:
        """Shows a transcript, or `words` in place of one."""
        if transcript is not self._transcript or words != self._placeholder:
            self._transcript, self._placeholder = transcript, words
            self._lines_for = ()
            self._current, self._top = None, 0
            self.refresh()

    def set_position(self, at: Fraction) -> None:
        """Moves the playhead; only changed lines are drawn."""
        if self._transcript is None:
            return
        from engine.speech import word_at

        here = word_at(self._transcript.words, at)
        if here == self._current:
            return
        before, self._current = self._line_of(self._current), here
        now = self._line_of(here)
        top = self._top
        if now is not None:
            top = self._top_around(now)
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

    def on_resize(self) -> None:
        """Shows the current line again: in another width, lines break elsewhere."""
        now = self._line_of(self._current)
        self._top = self._top_around(self._top if now is None else now)
        self.refresh()

    def _top_around(self, line: int) -> int:
        """The first visible line so that a line is a third down, and the next ones are visible."""
        return max(0, min(line - self.size.height // 3, len(self._lines) - self.size.height))

    def render_line(self, y: int) -> Strip:
        width, ground = self.size.width, self.rich_style
        palette = palette_of(self)
        self._layout_lines(width)
        if self._transcript is None or not self._lines:
            placeholder = self._placeholder.split("\n")
            words = pad(f"  {placeholder[y]}" if y < len(placeholder) else "", width)
            return Strip([Segment(words, ground + palette.styles["faint"])], width)
        if self._top + y >= len(self._lines):
            return Strip.blank(width, ground)
        line = self._lines[self._top + y]
        segments = [
            Segment(pad(line.time, _TIME), ground + palette.styles["faint"]),
            Segment(pad(line.speaker, _SPEAKER), ground + palette.voice(line.voice)),
        ]
        for n in range(line.first, line.last):
            word = self._transcript.words[n]
            style = ground + palette.styles["text" if word.confidence >= 0.5 or word.corrected else "quiet"]
            if word.corrected:
                style = style + Style(underline=True)
            if n == self._current:
                style = ground + palette.styles["here"]
                style = style + Style(reverse=True)
            segments += [Segment(word.text, style), Segment(self._gap_after(n), ground)]
        return Strip(segments).adjust_cell_length(width, ground)

    def scroll_pages(self, pages: float) -> None:
        """Scrolls by a number of heights of the view, within the transcript."""
        self._layout_lines(self.size.width)
        lines = round(pages * self.size.height) or (1 if pages > 0 else -1)
        self._top = max(0, min(self._top + lines, len(self._lines) - self.size.height))
        self.refresh()

    def _layout_lines(self, width: int) -> None:
        made_for = (id(self._transcript), width)
        if made_for == self._lines_for:
            return
        self._lines_for = made_for
        self._lines = []
        if self._transcript is None:
            return
        transcript, columns = self._transcript, max(8, width - _TIME - _SPEAKER - 1)
        order = {speaker.id: n for n, speaker in enumerate(transcript.speakers)}
        said = ""
        for segment in transcript.segments:
            who = transcript.called(segment.speaker) or ""
            shown_name, said = ("" if who == said else truncate(who, _SPEAKER - 1)), who
            voice, first, used, time = (
                order.get(segment.speaker or "", 0),
                segment.first,
                0,
                format_time(segment.start, 0),
            )
            for n in range(segment.first, segment.last):
                size = cell_len(transcript.words[n].text) + len(self._gap_after(n))
                if used + size > columns and n > first:
                    self._lines.append(_TranscriptLine(first, n, time, shown_name, voice))
                    first, used, time, shown_name = n, 0, "", ""
                used += size
            self._lines.append(_TranscriptLine(first, segment.last, time, shown_name, voice))

    def _gap_after(self, n: int) -> str:
        """Returns the space after a word; empty in scripts without spaces."""
        words = self._transcript.words if self._transcript else ()
        return _space_after(words, n)

    def _line_of(self, word: int | None) -> int | None:
        self._layout_lines(self.size.width)
        if word is None:
            return None
        return next((n for n, line in enumerate(self._lines) if line.first <= word < line.last), None)

    def on_click(self, event: events.Click) -> None:
        """Requests a seek to the word."""
        if self._transcript is None or self._top + event.y >= len(self._lines):
            return
        line = self._lines[self._top + event.y]
        x = _TIME + _SPEAKER
        for n in range(line.first, line.last):
            x += cell_len(self._transcript.words[n].text) + len(self._gap_after(n))
            if event.x < x:
                self.post_message(SeekRequested(self._transcript.words[n].start))
                if event.chain == 2:
                    self.post_message(self.WordSelected())
                return

    def on_mouse_scroll_down(self) -> None:
        self._top = max(0, min(self._top + 2, len(self._lines) - self.size.height))
        self.refresh()

    def on_mouse_scroll_up(self) -> None:
        self._top = max(0, self._top - 2)
        self.refresh()


def _space_after(words: Sequence[Word], n: int) -> str:
    from engine.speech import has_space

    return " " if n + 1 >= len(words) or has_space(words[n], words[n + 1]) else ""
