"""The fillers and other habits of speech of a language, from presets/fillers."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from engine.resources import resource_root

Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FillerList:
    """Phrases as bare words. `sounds` are always fillers, `phrases` where pauses or commas separate them.

    A speaker starts again after `corrections`. `asides` are whole sentences to the crew.
    """

    sounds: frozenset[Phrase] = frozenset()
    phrases: frozenset[Phrase] = frozenset()
    corrections: frozenset[Phrase] = frozenset()
    asides: frozenset[Phrase] = frozenset()


@lru_cache(maxsize=16)
def filler_list(language: str) -> FillerList:
    """The list of a language (ISO 639-1); an empty one if there is none."""
    path = resource_root("presets") / "fillers" / f"{language}.toml"
    if not path.is_file():
        return FillerList()
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return FillerList(*(frozenset(map(_bare, table[name])) for name in ("sounds", "phrases", "corrections", "asides")))


def phrase_at(said: Sequence[str], at: int, phrases: frozenset[Phrase]) -> int:
    """The number of words of the longest phrase that begins at an index; 0 if none does."""
    longest = max(map(len, phrases), default=0)
    return next((n for n in range(min(longest, len(said) - at), 0, -1) if tuple(said[at : at + n]) in phrases), 0)


def phrase_before(said: Sequence[str], at: int, phrases: frozenset[Phrase]) -> int:
    """The number of words of the longest phrase that ends before an index; 0 if none does."""
    longest = max(map(len, phrases), default=0)
    return next((n for n in range(min(longest, at), 0, -1) if tuple(said[at - n : at]) in phrases), 0)


def _bare(phrase: str) -> Phrase:
    return tuple(re.sub(r"\W", "", word.casefold()) for word in phrase.split())
