"""Comparison of takes by their words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from engine.speech.alignment import bare_text

if TYPE_CHECKING:
    from engine.speech.transcript import Word

# Takes with fewer words are too short to tell.
_SAME_WORDS = 4
# Of the pairs of adjacent words in the shorter of two takes, this share is in the other one too if the lines are the
# same. Words after the first few hundred are not read.
_SAME_PAIRS = 0.5
_MAX_COMPARED_WORDS = 400


def has_same_lines(first: Sequence[Word], second: Sequence[Word]) -> bool:
    """Whether most of the words of the shorter of two takes are said in the other one, in the same order."""
    one, other = (Counter(pairwise(_bare_words(words, _MAX_COMPARED_WORDS))) for words in (first, second))
    shorter = min(one.total(), other.total())
    return shorter >= _SAME_WORDS - 1 and (one & other).total() >= _SAME_PAIRS * shorter


def _bare_words(words: Sequence[Word], most: int) -> list[str]:
    bare = map(bare_text, words[:most])
    return [text for text in bare if text]
