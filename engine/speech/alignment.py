"""Alignment of two takes by their words, and the word at a time."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from difflib import SequenceMatcher
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.speech.transcript import Word


def word_at(words: Sequence[Word], at: Fraction) -> int | None:
    """The index of the word at a time in seconds, or of the last one before it; None before the first."""
    index = bisect_right(words, at, key=lambda word: word.start)
    return index - 1 if index else None


def match_words(mine: Sequence[Word], other: Sequence[Word]) -> dict[int, int]:
    """Pairs of indices of equal words, both in order. Case and punctuation are ignored."""
    matcher = SequenceMatcher(None, [bare_text(w) for w in mine], [bare_text(w) for w in other], autojunk=False)
    return {a + n: b + n for a, b, size in matcher.get_matching_blocks() for n in range(size)}


def matching_time(mine: Sequence[Word], other: Sequence[Word], at: Fraction) -> Fraction:
    """The time, in seconds, of the word at `at` in the other take.

    `at` itself if the takes have no word in common, or if no word begins before it.
    """
    here, pairs = word_at(mine, at), match_words(mine, other)
    if here is None or not pairs:
        return at
    nearest = min(pairs, key=lambda index: abs(index - here))
    return other[pairs[nearest]].start + (at - mine[nearest].start if nearest == here else 0)


def bare_text(word: Word) -> str:
    """The letters and digits of a word in lower case; empty for punctuation."""
    return re.sub(r"\W", "", word.text.casefold())
