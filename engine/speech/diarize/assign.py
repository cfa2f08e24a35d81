"""Assigns speakers and overlapping speakers to words."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate

from engine.speech.diarize.turns import SpeakerTurn

# A word this close to a turn (seconds) belongs to it: both models have about this uncertainty at edges.
_NEAR = Fraction(1, 2)
# A speaker who covers this share of another speaker's word overlaps it.
_MEANWHILE = Fraction(1, 2)


def assign(
    words: Sequence[tuple[Fraction, Fraction]], turns: Sequence[SpeakerTurn], begins: Sequence[bool] = ()
) -> list[tuple[str | None, tuple[str, ...]]]:
    """For each word (start, end), its speaker and the others who cover at least half of it.

    `begins` marks the words that start a sentence; if it is empty, every word continues the one before. The previous
    word's speaker continues a sentence while covering at least half of each word. Otherwise it is the speaker who
    covers most of the word; of two equal ones, the one whose turn started later, because a speech model transcribes
    the interrupter. Outside all turns it is the speaker of the nearest turn within half a second; None if there is
    none.
    """
    ordered = sorted(turns, key=lambda turn: turn.start)
    starts = [turn.start for turn in ordered]
    # The latest end among the turns started so far, for the binary search.
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
