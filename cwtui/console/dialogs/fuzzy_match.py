"""Fuzzy matches of typed words in titles, for the palette."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Letters of a word that are farther apart match by chance.
_MAX_SPREAD = 3


@dataclass(frozen=True, slots=True)
class FuzzyMatch:
    """How well a title matches, higher is better, and the characters that match."""

    score: float
    characters: frozenset[int]


def fuzzy_match(query: str, title: str) -> FuzzyMatch | None:
    """Matches every word of a query in a title, in any order and ignoring case; None if one does not match.

    A word at the start of a word of the title is best, then one inside a word, then one whose letters are close.
    """
    text, score, characters = title.lower(), 0.0, set[int]()
    for word in query.lower().split():
        begins = re.search(rf"\b{re.escape(word)}", text)
        start = begins.start() if begins else text.find(word)
        found = list(range(start, start + len(word))) if start >= 0 else _letters(word, text)
        if not found:
            return None
        spread = (found[-1] - found[0] + 1) / len(word)
        if spread > _MAX_SPREAD:
            return None
        score += len(word) * (3 if begins else 2 if start >= 0 else 1 / spread)
        characters.update(found)
    return FuzzyMatch(score - len(text) / 1000, frozenset(characters if len(text) == len(title) else ()))


def _letters(word: str, text: str) -> list[int]:
    """The places of a word's letters, in order, if possible from the start of a word; empty if one is missing."""
    first = re.search(rf"\b{re.escape(word[0])}", text)
    places, at = [], first.start() if first else 0
    for letter in word:
        at = text.find(letter, at)
        if at < 0:
            return []
        places.append(at)
        at += 1
    return places
