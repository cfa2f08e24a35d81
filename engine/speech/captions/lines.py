"""Breaks words into lines at phrase boundaries, with even lengths and within the line width."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import accumulate, pairwise

from engine.speech.captions.cue import Style, columns
from engine.speech.captions.graphemes import graphemes, leans
from engine.speech.captions.phrases import FORBIDDEN, WITHIN_WORD, ends_clause, may_part, parting_cost

_WITHIN_SCRIPT = 6.0
_UNEVEN = 20.0
# Of two equal divisions, prefer the one with the shorter upper line.
_PYRAMID = 0.01


@dataclass(frozen=True)
class SpokenWord:
    """A word or part of one for captions; `glued` if no space precedes it.

    `breath`: a segment of the transcript ends with it. `speaker` is an id. `language` is the ISO 639-1 code of its
    segment, None if that is the language of the transcript.
    """

    text: str
    start: Fraction
    end: Fraction
    speaker: str | None = None
    glued: bool = False
    breath: bool = False
    language: str | None = None

    @cached_property
    def columns(self) -> int:
        """The width in columns, without the space before it."""
        return columns(self.text)


def split_word(word: SpokenWord, line: int) -> list[SpokenWord]:
    """The word; if it is longer than a line, its characters, each with an equal share of the time."""
    if word.columns <= line:
        return [word]
    clusters = graphemes(word.text)
    share = (word.end - word.start) / len(clusters)
    return [
        replace(
            word,
            text=cluster,
            start=word.start + n * share,
            end=word.start + (n + 1) * share,
            glued=word.glued or n > 0,
            breath=word.breath and n + 1 == len(clusters),
        )
        for n, cluster in enumerate(clusters)
    ]


def text_of(words: Sequence[SpokenWord]) -> str:
    """The words as running text."""
    return "".join(word.text if word.glued or n == 0 else f" {word.text}" for n, word in enumerate(words))


def line_ends(words: Sequence[SpokenWord]) -> list[int]:
    """Cumulative widths of the words on one line, in columns; for `width`."""
    return [0, *accumulate(word.columns + (not word.glued) for word in words)]


def width(ends: Sequence[int], words: Sequence[SpokenWord], first: int, last: int) -> int:
    """The width of the line `words[first:last]` in columns; `ends` are from `line_ends`."""
    return ends[last] - ends[first] - (not words[first].glued)


def rows_needed(words: Sequence[SpokenWord], ends: Sequence[int], first: int, last: int, line: int) -> int:
    """The number of lines of `line` columns for `words[first:last]`, each of which fits on a line."""
    rows, begin = 1, first
    for n in range(first + 1, last + 1):
        if width(ends, words, begin, n) > line:
            rows, begin = rows + 1, n - 1
    return rows


def part_cost(before: SpokenWord, after: SpokenWord, language: str) -> float:
    """The cost for readability of ending a line or caption between two words; `language` is the transcript's."""
    language = before.language or language
    if leans(after.text[0]) or not may_part(before.text, after.text):
        return FORBIDDEN
    if after.glued:
        if ends_clause(before.text):
            return parting_cost(before.text, after.text, language)
        wide = unicodedata.east_asian_width(after.text[0]) in "WF" or len(before.text) > 1
        return _WITHIN_SCRIPT if wide else WITHIN_WORD
    return parting_cost(before.text, after.text, language)


def break_lines(words: Sequence[SpokenWord], language: str, style: Style) -> list[str]:
    """Divides words into the fewest possible lines at the least total cost (dynamic programming).

    The cost includes each line break and the unevenness of the lines.
    """
    ends, count = line_ends(words), len(words)
    if width(ends, words, 0, count) <= style.line:
        return [text_of(words)]
    costs = [0.0, *(part_cost(words[n - 1], words[n], language) for n in range(1, count)), 0.0]
    rows = rows_needed(words, ends, 0, count, style.line)
    even = ends[count] / rows
    # reached[k][n]: the least cost of the first n words in k lines, and the start of the last of these lines.
    reached: list[dict[int, tuple[float, int]]] = [{0: (0.0, 0)}]
    for row in range(rows):
        best: dict[int, tuple[float, int]] = {}
        for first, (cost, _) in reached[-1].items():
            for last in range(first + 1, count + 1):
                wide = width(ends, words, first, last)
                if wide > style.line:
                    break
                uneven = _UNEVEN * ((wide - even) / style.line) ** 2 + _PYRAMID * wide * (rows - row) / style.line
                total = cost + uneven + costs[last]
                if last not in best or total < best[last][0]:
                    best[last] = total, first
        reached.append(best)
    bounds = [count]
    for row in range(rows, 0, -1):
        bounds.append(reached[row][bounds[-1]][1])
    bounds.reverse()
    return [text_of(words[a:b]) for a, b in pairwise(bounds)]
