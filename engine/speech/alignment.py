"""Alignment of two takes by their words, and the word at a time."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.speech.transcript import Word

# An equal word between this many different ones, of both takes together, is a coincidence.
_COINCIDENCE = 6


def word_at(words: Sequence[Word], at: Fraction) -> int | None:
    """The index of the word at a time in seconds, or of the last one before it; None before the first."""
    index = bisect_right(words, at, key=lambda word: word.start)
    return index - 1 if index else None


@dataclass(frozen=True, slots=True)
class WordSpan:
    """The words `mine[0]` to `mine[1]` (exclusive) of a take, and the words of another in the same place.

    The words are equal if `same`, else different; one side may have none.
    """

    same: bool
    mine: tuple[int, int]
    other: tuple[int, int]


def word_spans(mine: Sequence[Word], other: Sequence[Word]) -> tuple[WordSpan, ...]:
    """All words of two takes in order, as equal and different spans, in turn. Case and punctuation are ignored.

    One equal word within many different ones, such as “the”, is a coincidence, and counts as different.
    """
    matcher = SequenceMatcher(None, [bare_text(w) for w in mine], [bare_text(w) for w in other], autojunk=False)
    found = [WordSpan(tag == "equal", (a, b), (c, d)) for tag, a, b, c, d in matcher.get_opcodes()]
    spans: list[WordSpan] = []
    for n, span in enumerate(found):
        around = found[n - 1 : n + 2] if 0 < n < len(found) - 1 else []
        different = sum(_length(one.mine) + _length(one.other) for one in around if not one.same)
        same = span.same and not (_length(span.mine) == 1 and different >= _COINCIDENCE)
        if spans and spans[-1].same == same:
            last = spans.pop()
            span = WordSpan(same, (last.mine[0], span.mine[1]), (last.other[0], span.other[1]))
        spans.append(WordSpan(same, span.mine, span.other))
    return tuple(spans)


def matched_words(spans: Sequence[WordSpan]) -> dict[int, int]:
    """Pairs of indices of equal words in spans, both in order."""
    return {span.mine[0] + n: span.other[0] + n for span in spans if span.same for n in range(_length(span.mine))}


def match_words(mine: Sequence[Word], other: Sequence[Word]) -> dict[int, int]:
    """Pairs of indices of equal words, both in order. Case and punctuation are ignored."""
    return matched_words(word_spans(mine, other))


def matching_time(
    mine: Sequence[Word], other: Sequence[Word], at: Fraction, pairs: Mapping[int, int] | None = None
) -> Fraction:
    """The time, in seconds, of the word at `at` in the other take. `pairs` are those of `match_words`, if known.

    `at` itself if the takes have no word in common, or if no word begins before it.
    """
    here, pairs = word_at(mine, at), match_words(mine, other) if pairs is None else pairs
    if here is None or not pairs:
        return at
    nearest = min(pairs, key=lambda index: abs(index - here))
    return other[pairs[nearest]].start + (at - mine[nearest].start if nearest == here else 0)


def _length(span: tuple[int, int]) -> int:
    return span[1] - span[0]


def bare_text(word: Word) -> str:
    """The letters and digits of a word in lower case; empty for punctuation."""
    return re.sub(r"\W", "", word.text.casefold())
