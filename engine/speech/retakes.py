"""Detection of retakes by their words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import islice, pairwise
from typing import TYPE_CHECKING

from engine.catalog import Take
from engine.speech.alignment import bare_text

if TYPE_CHECKING:
    from engine.speech.transcript import Word

_SAME_WORDS = 4
# Compared takes after a take, and words that are read of each: more than four, as some are only punctuation.
_MAX_DISTANCE = 5
_MAX_WORDS = 12
# Of the pairs of adjacent words in the shorter of two takes, this share is in the other one too if the lines are the
# same. Words after the first few hundred are not read.
_SAME_PAIRS = 0.5
_MAX_COMPARED_WORDS = 400


def suggest_retake(take: Take, following: Iterable[Take], words_of: Callable[[Take], Sequence[Word]]) -> Take | None:
    """The first of the next five takes that is of the same session and begins with the same four words, if any.

    `take` is probably a failed attempt at the returned one.
    """
    mine = _first_words(words_of(take))
    if len(mine) < _SAME_WORDS:
        return None
    for other in islice(following, _MAX_DISTANCE):
        if other.session == take.session and _first_words(words_of(other)) == mine:
            return other
    return None


def has_same_lines(first: Sequence[Word], second: Sequence[Word]) -> bool:
    """Whether most of the words of the shorter of two takes are said in the other one, in the same order."""
    one, other = (Counter(pairwise(_bare_words(words, _MAX_COMPARED_WORDS))) for words in (first, second))
    shorter = min(one.total(), other.total())
    return shorter >= _SAME_WORDS - 1 and (one & other).total() >= _SAME_PAIRS * shorter


def _first_words(words: Sequence[Word]) -> list[str]:
    return _bare_words(words, _MAX_WORDS)[:_SAME_WORDS]


def _bare_words(words: Sequence[Word], most: int) -> list[str]:
    bare = map(bare_text, words[:most])
    return [text for text in bare if text]
