"""Detection of retakes by their first words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from engine.catalog import Take
from engine.speech.alignment import bare_text

if TYPE_CHECKING:
    from engine.speech.transcript import Word

_SAME_WORDS = 4
# Compared takes after a take, and words that are read of each: more than four, as some are only punctuation.
_MAX_DISTANCE = 5
_MAX_WORDS = 12


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


def _first_words(words: Sequence[Word]) -> list[str]:
    bare = map(bare_text, words[:_MAX_WORDS])
    return [text for text in bare if text][:_SAME_WORDS]
