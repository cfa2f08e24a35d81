"""Alignment of two takes by what is said in them, and the words at a time."""

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
    """The index of the word that is said, or was said last, at a time in seconds; None before the first."""
    index = bisect_right(words, at, key=lambda word: word.start)
    return index - 1 if index else None


def match_words(mine: Sequence[Word], other: Sequence[Word]) -> dict[int, int]:
    """Pairs of indices of equal words, in order on both sides; case and punctuation do not matter."""
    matcher = SequenceMatcher(None, [bare_text(w) for w in mine], [bare_text(w) for w in other], autojunk=False)
    return {a + n: b + n for a, b, size in matcher.get_matching_blocks() for n in range(size)}


def matching_time(mine: Sequence[Word], other: Sequence[Word], at: Fraction) -> Fraction:
    """The time, in seconds, at which the other take says what mine says at `at`.

    `at` itself where they have no word in common, or nothing is said before it.
    """
    here, pairs = word_at(mine, at), match_words(mine, other)
    if here is None or not pairs:
        return at
    nearest = min(pairs, key=lambda index: abs(index - here))
    return other[pairs[nearest]].start + (at - mine[nearest].start if nearest == here else 0)


def bare_text(word: Word) -> str:
    """A word's letters and digits in lower case; empty for punctuation."""
    return re.sub(r"\W", "", word.text.casefold())
