"""The place in a script that a speaker has reached, by the words that were heard last."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import lru_cache

# Words that are compared: those heard last, and those of the script around the place.
_HEARD, _BEFORE, _AFTER = 12, 12, 60
_SAME, _ALIKE, _GAP, _WRONG = 1.0, 0.6, -0.4, -0.7
_SIMILAR = 0.75
# Fewer matches than this move nothing; a word of distance costs this much, so that the nearest of equal places wins.
_FEWEST, _DISTANCE = 1.9, 0.01


class ScriptFollower:
    """Follows one script."""

    def __init__(self, script: str) -> None:
        self._words = [(word.start(), word.end(), word.group().casefold()) for word in re.finditer(r"[\w'’]+", script)]

    def find(self, heard: Sequence[str], offset: int) -> int | None:
        """The character after the last word that was heard; None if the words are not near the character `offset`.

        Words may be missing, misheard or added.
        """
        said = [bare for word in heard[-_HEARD:] if (bare := re.sub(r"[^\w'’]", "", word.casefold()))]
        here = next((n for n, (_, end, _) in enumerate(self._words) if end > offset), len(self._words))
        first = max(0, here - _BEFORE)
        near = self._words[first : here + _AFTER]
        if not said or not near:
            return None
        best, place = 0.0, None
        scores = [0.0] * (len(near) + 1)
        for word in said:
            row = [0.0]
            for n, (_, _, written) in enumerate(near, 1):
                met = scores[n - 1] + _likeness(word, written)
                row.append(max(0.0, met, scores[n] + _GAP, row[n - 1] + _GAP))
                distance = abs(first + n - here) * _DISTANCE
                # Later words are worth a little more: the speaker is where the last one is.
                if met == row[n] and met - distance >= max(best, _FEWEST):
                    best, place = met - distance, n
            scores = row
        return None if place is None else near[place - 1][1]


@lru_cache(maxsize=4096)
def _likeness(heard: str, written: str) -> float:
    if heard == written:
        return _SAME
    return _ALIKE if SequenceMatcher(None, heard, written).ratio() >= _SIMILAR else _WRONG
