"""The words of a take beside another: words that only one of the two has are marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.strip import Strip
from textual.widget import Widget

from cwtui.console.messages import SeekRequested
from cwtui.console.theme import palette_of

if TYPE_CHECKING:
    from engine.speech import Word, WordSpan

# A longer stretch that is missing is shown by its first and last words.
_MAX_MISSING, _EDGE_WORDS = 8, 3

WordKind = Literal["same", "own", "missing"]


@dataclass(frozen=True, slots=True)
class ComparedWord:
    """A word as it is shown: one of this take at `at` seconds, or one of the other take that is missing here."""

    text: str
    kind: WordKind
    at: Fraction | None = None
    space_after: bool = True


def compared_words(
    spans: Sequence[WordSpan], mine: Sequence[Word], other: Sequence[Word], *, marked: bool = False
) -> tuple[ComparedWord, ...]:
    """Returns the words of a take, with those of the other take that are missing in it.

    The spans are those from this take to the other. `marked` puts signs around the take's own words too, for plain
    text; missing words always have them.
    """
    shown: list[ComparedWord] = []
    for span in spans:
        own = [
            ComparedWord(word.text, "same" if span.same else "own", word.start, _space_after(mine, n))
            for n, word in enumerate(mine[slice(*span.mine)], span.mine[0])
        ]
        shown += _bracketed(own, "+") if marked and not span.same else own
        if not span.same and span.other[0] < span.other[1]:
            words = other[slice(*span.other)]
            missing = [ComparedWord(word.text, "missing", None, _space_after(words, n)) for n, word in enumerate(words)]
            if len(missing) > _MAX_MISSING:
                missing = [*missing[:_EDGE_WORDS], ComparedWord("…", "missing"), *missing[-_EDGE_WORDS:]]
            shown += _bracketed(missing, "−")
    return tuple(shown)


def _bracketed(words: list[ComparedWord], sign: str) -> list[ComparedWord]:
    if not words:
        return []
    last = words[-1]
    closed = [*words[:-1], ComparedWord(f"{last.text}]", last.kind, last.at)]
    first = closed[0]
    return [ComparedWord(f"[{sign}{first.text}", first.kind, first.at, first.space_after), *closed[1:]]


def _space_after(words: Sequence[Word], n: int) -> bool:
    from engine.speech import has_space

    return n + 1 >= len(words) or has_space(words[n], words[n + 1])


class ComparedWords(Widget):
    """Running text that follows the playhead. A click on a word posts SeekRequested."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._words: tuple[ComparedWord, ...] = ()
        self._placeholder = ""
        self._lines: list[list[int]] = []
        self._lines_width = -1
        self._current: int | None = None
        self._top = 0

    def set_words(self, words: tuple[ComparedWord, ...], placeholder: str = "") -> None:
        """Shows words, or a text in place of them."""
        if (words, placeholder) != (self._words, self._placeholder):
            self._words, self._placeholder = words, placeholder
            self._lines_width, self._current, self._top = -1, None, 0
            self.refresh()

    def set_position(self, at: Fraction) -> None:
        """Highlights the word at a time in seconds."""
        spoken = [n for n, word in enumerate(self._words) if word.at is not None and word.at <= at]
        current = spoken[-1] if spoken else None
        if current == self._current:
            return
        self._current = current
        self._layout_lines()
        line = next((n for n, words in enumerate(self._lines) if current in words), 0)
        if not self._top <= line < self._top + self.size.height:
            self._top = max(0, min(line - self.size.height // 3, len(self._lines) - self.size.height))
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width, ground, palette = self.size.width, self.rich_style, palette_of(self)
        self._layout_lines()
        if not self._words:
            text = self._placeholder if y == 0 else ""
            return Strip([Segment(text, ground + palette.styles["faint"])]).adjust_cell_length(width, ground)
        if self._top + y >= len(self._lines):
            return Strip.blank(width, ground)
        styles = {
            "same": palette.styles["text"],
            "own": palette.styles["amber"] + Style(bold=True, underline=True),
            "missing": palette.styles["faint"],
        }
        segments = []
        for n in self._lines[self._top + y]:
            word = self._words[n]
            style = palette.styles["here"] + Style(reverse=True) if n == self._current else styles[word.kind]
            segments += [Segment(word.text, ground + style), Segment(" " * word.space_after, ground)]
        return Strip(segments).adjust_cell_length(width, ground)

    def _layout_lines(self) -> None:
        width = self.size.width
        if width == self._lines_width:
            return
        self._lines_width, self._lines, used = width, [], width
        for n, word in enumerate(self._words):
            size = cell_len(word.text)
            if not self._lines or used + size > width:
                self._lines.append([])
                used = 0
            self._lines[-1].append(n)
            used += size + word.space_after

    def on_click(self, event: events.Click) -> None:
        """Requests a seek to the word."""
        if self._top + event.y >= len(self._lines):
            return
        x = 0
        for n in self._lines[self._top + event.y]:
            word = self._words[n]
            x += cell_len(word.text) + word.space_after
            if event.x < x:
                if word.at is not None:
                    self.post_message(SeekRequested(word.at))
                return
