"""Words as lines: parted where a reader would draw breath, even, and never longer than a line."""

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
# Of two ways as good, the shorter line stands above.
_PYRAMID = 0.01


@dataclass(frozen=True)
class SpokenWord:
    """A word, or a part of one, as captions see it; `glued` where no space stands before it.

    `breath`: the speaker draws breath after it. `speaker` is an id.
    """

    text: str
    start: Fraction
    end: Fraction
    speaker: str | None = None
    glued: bool = False
    breath: bool = False

    @cached_property
    def columns(self) -> int:
        """How wide it is, the space before it not counted."""
        return columns(self.text)


def split_word(word: SpokenWord, line: int) -> list[SpokenWord]:
    """A word as it is; the characters of one that is longer than a line, each with its share of the time."""
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
    """Words as running text."""
    return "".join(word.text if word.glued or n == 0 else f" {word.text}" for n, word in enumerate(words))


def line_ends(words: Sequence[SpokenWord]) -> list[int]:
    """Where each word ends in one long line, in columns; `width` measures a stretch of it."""
    return [0, *accumulate(word.columns + (not word.glued) for word in words)]


def width(ends: Sequence[int], words: Sequence[SpokenWord], first: int, last: int) -> int:
    """How wide the line `words[first:last]` is; `ends` as `line_ends` gives them."""
    return ends[last] - ends[first] - (not words[first].glued)


def rows_needed(words: Sequence[SpokenWord], ends: Sequence[int], first: int, last: int, line: int) -> int:
    """How many lines of `line` columns hold `words[first:last]`, each of which fits one."""
    rows, begin = 1, first
    for n in range(first + 1, last + 1):
        if width(ends, words, begin, n) > line:
            rows, begin = rows + 1, n - 1
    return rows


def part_cost(before: SpokenWord, after: SpokenWord, language: str) -> float:
    """What it costs a reader that a line, or a caption, ends between two words."""
    if leans(after.text[0]) or not may_part(before.text, after.text):
        return FORBIDDEN
    if after.glued:
        if ends_clause(before.text):
            return parting_cost(before.text, after.text, language)
        wide = unicodedata.east_asian_width(after.text[0]) in "WF" or len(before.text) > 1
        return _WITHIN_SCRIPT if wide else WITHIN_WORD
    return parting_cost(before.text, after.text, language)


def break_lines(words: Sequence[SpokenWord], language: str, style: Style) -> list[str]:
    """As few lines as hold the words, parted at the least cost over all of them (dynamic programming).

    A cost counts for each end of a line what it parts, and how far the lines are from being even.
    """
    ends, count = line_ends(words), len(words)
    if width(ends, words, 0, count) <= style.line:
        return [text_of(words)]
    costs = [0.0, *(part_cost(words[n - 1], words[n], language) for n in range(1, count)), 0.0]
    rows = rows_needed(words, ends, 0, count, style.line)
    even = ends[count] / rows
    # reached[k][n]: the least cost of the first n words in k lines, and where the last of these lines begins.
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
