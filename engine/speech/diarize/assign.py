"""Who said a word, and who talked meanwhile."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate

from engine.speech.diarize.turns import SpeakerTurn

# A word just beside a turn belongs to it: both models are unsure of edges by about so much.
_NEAR = Fraction(1, 2)
# Who talks through this much of somebody else's word is heard with it.
_MEANWHILE = Fraction(1, 2)


def assign(
    words: Sequence[tuple[Fraction, Fraction]], turns: Sequence[SpeakerTurn], begins: Sequence[bool] = ()
) -> list[tuple[str | None, tuple[str, ...]]]:
    """For each word (start, end) its speaker, and the others who talk through half of it or more.

    `begins` says which words begin a sentence; none does where it is left out. Who began a sentence goes on with it
    while they talk through half of each word or more. Else it is who talks through most of the word; where two talk
    through as much, whose turn began later: a speech model writes down who breaks in. Beside all turns it is who
    spoke, or speaks, within half a second; None beyond.
    """
    ordered = sorted(turns, key=lambda turn: turn.start)
    starts = [turn.start for turn in ordered]
    # The end of whatever began so far, to know from where on to look.
    latest = list(accumulate((turn.end for turn in ordered), max))
    found: list[tuple[str | None, tuple[str, ...]]] = []
    for number, (start, end) in enumerate(words):
        before = None if not number or (begins and begins[number]) else found[-1][0]
        found.append(_one(start, end, ordered, starts, latest, before))
    return found


def _one(
    start: Fraction,
    end: Fraction,
    ordered: Sequence[SpeakerTurn],
    starts: Sequence[Fraction],
    latest: Sequence[Fraction],
    before: str | None,
) -> tuple[str | None, tuple[str, ...]]:
    near = ordered[bisect_left(latest, start - _NEAR) : bisect_right(starts, end + _NEAR)]
    shared: dict[str, Fraction] = {}
    began: dict[str, Fraction] = {}
    for turn in near:
        if (both := min(turn.end, end) - max(turn.start, start)) > 0:
            shared[turn.speaker] = shared.get(turn.speaker, Fraction(0)) + both
            began[turn.speaker] = turn.start
    if not shared:
        away = [(max(turn.start - end, start - turn.end), turn.speaker) for turn in near]
        return (min(away)[1] if away and min(away)[0] <= _NEAR else None), ()
    through = {one for one, length in shared.items() if length >= _MEANWHILE * (end - start)}
    speaker = before if before in through else max(shared, key=lambda one: (shared[one], began[one]))
    also = (one for one in through if one != speaker)
    return speaker, tuple(sorted(also))
