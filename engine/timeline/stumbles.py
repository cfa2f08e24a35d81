"""The fillers, restarts, repeated readings and asides within a stretch of a take."""

from __future__ import annotations

from engine.timeline.fillers import find_asides, find_fillers
from engine.timeline.restarts import find_restarts
from engine.timeline.spoken import CutWord, TakeWords
from engine.timeline.suggestion import Suggestion

_SURE = 0.7


def stumbles_in(words: TakeWords, first: int, last: int) -> list[Suggestion]:
    """The stumbles in the words `first` to `last` (exclusive) of a take; their numbers count from `first`.

    A filler within a restart is not counted again.
    """
    said = [
        CutWord(n, 0, words.take, first + n, word, word.start, word.end)
        for n, word in enumerate(words.words[first:last])
    ]
    spoken = {words.take: words}
    fillers = [one for one in find_fillers(said, spoken) if one.confidence >= _SURE]
    sure = frozenset(n for one in fillers for n in range(one.first, one.last))
    restarts = [one for one in find_restarts(said, spoken, sure) if one.confidence >= _SURE]
    within = {n for one in restarts for n in range(one.first, one.last)}
    asides = [one for one in find_asides(said, spoken) if one.confidence >= _SURE]
    return [*restarts, *(one for one in (*fillers, *asides) if not within.issuperset(range(one.first, one.last)))]
