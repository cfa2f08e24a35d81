"""Edges of clips between words: where picture and sound part, at the lowest level near the gap."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from engine.timeline.cut import SAMPLE_RATE, Clip, Cut
from engine.timeline.spoken import TakeWord

HOP = SAMPLE_RATE // 200
"""Samples between two places where an edge may be: 5 ms."""

LevelsOf = Callable[[str, int, int], Sequence[float]]
"""The levels of a take in dBFS, one for each HOP samples from the sample `first` (a multiple of HOP) up to `last`.

Fewer, or none, if the take has no sound there.
"""

_BREATH = SAMPLE_RATE * 3 // 20
# Transcribers are wrong by so much about the ends of words, but an edge takes no more than a quarter of a word.
_SLACK = SAMPLE_RATE * 3 // 100
# A sample away from the preferred place costs as much as so many dB: 100 ms cost 5 dB.
_DISTANCE = 5 / (SAMPLE_RATE / 10)
_LONGEST_FADE = SAMPLE_RATE // 50
_SHORTEST_FADE = SAMPLE_RATE // 500
# Levels below this are equally silent, in dBFS.
_SILENCE = -70.0


class Edge(NamedTuple):
    """The samples of a take between which a clip may begin or end, and the preferred one."""

    first: int
    at: int
    last: int


class JoinPlace(NamedTuple):
    """The end tick of a clip, the start tick of the next, and where its sound begins relative to its picture."""

    end: int
    start: int
    sound_offset: int
    crossfade: int


@dataclass(frozen=True, slots=True)
class JoinSide:
    """One side of a join: the clip, and the edge that is searched; None if the tick is `fixed`."""

    clip: Clip
    fixed: int
    edge: Edge | None = None


def edge_after(words: Sequence[TakeWord], index: int, pause: int = 2 * _BREATH) -> Edge:
    """The edge of a clip that ends with a word of its take. Half of `pause` (samples) stays after the word."""
    word = words[index]
    following = words[index + 1] if index + 1 < len(words) else None
    if following is None or following.start - word.end > pause:
        return Edge(word.end, word.end + pause // 2, word.end + pause)
    middle = (word.end + following.start) // 2
    return Edge(min(word.end - _slack(word), middle), middle, max(following.start + _slack(following), middle))


def edge_before(words: Sequence[TakeWord], index: int, pause: int = 2 * _BREATH) -> Edge:
    """The edge of a clip that begins with a word of its take. Half of `pause` (samples) stays before the word."""
    word = words[index]
    previous = words[index - 1] if index else None
    if previous is None or word.start - previous.end > pause:
        return Edge(max(0, word.start - pause), max(0, word.start - pause // 2), word.start)
    middle = (previous.end + word.start) // 2
    return Edge(min(previous.end - _slack(previous), middle), middle, max(word.start + _slack(word), middle))


def join(cut: Cut, before: JoinSide, after: JoinSide, levels: LevelsOf | None = None) -> JoinPlace:
    """Places a join so that the sound of both clips is quietest there, near the preferred samples.

    Picture parts in whole ticks and sound in steps of HOP; both sides have the same distance of sound from picture,
    at most half a tick, so that each take stays in sync with itself.
    """
    if before.edge is None and after.edge is None:
        return JoinPlace(before.fixed, after.fixed, 0, _SHORTEST_FADE)
    half = int(SAMPLE_RATE / cut.rate) // 2
    ends, starts = _ticks(cut, before, half), _ticks(cut, after, half)
    costs = [(_costs(cut, side, ticks, levels, half)) for side, ticks in ((before, ends), (after, starts))]
    found: tuple[float, JoinPlace] | None = None
    for offset in sorted(range(-half // HOP * HOP + HOP, half + 1, HOP) or (0,), key=abs):
        end, paid = min(((tick, costs[0](tick, offset)) for tick in ends), key=lambda one: one[1])
        start, also = min(((tick, costs[1](tick, offset)) for tick in starts), key=lambda one: one[1])
        if found is None or paid + also < found[0]:
            found = paid + also, JoinPlace(end, start, offset, 0)
    assert found is not None
    place = found[1]
    fade = min(
        _room(before, cut.sample(place.end) + place.sound_offset),
        _room(after, cut.sample(place.start) + place.sound_offset),
    )
    return place._replace(crossfade=max(_SHORTEST_FADE, min(_LONGEST_FADE, fade)))


def _room(side: JoinSide, at: int) -> int:
    """The samples around a place within its edge, which has no speech."""
    return _LONGEST_FADE if side.edge is None else min(at - side.edge.first, side.edge.last - at)


def _ticks(cut: Cut, side: JoinSide, half: int) -> list[int]:
    """The ticks within half a tick of the edge; at least the nearest to the preferred sample."""
    if side.edge is None:
        return [side.fixed]
    first, last = nearest_tick(cut.rate, side.edge.first - half), nearest_tick(cut.rate, side.edge.last + half)
    return list(range(max(0, first), last + 1)) or [max(0, nearest_tick(cut.rate, side.edge.at))]


def _costs(
    cut: Cut, side: JoinSide, ticks: Sequence[int], levels: LevelsOf | None, half: int
) -> Callable[[int, int], float]:
    """The cost of a tick and an offset of the sound: the level there in dB, and the distance from the preferred place.

    A place outside of the edge costs as much as full scale and more.
    """
    first = max(0, (cut.sample(ticks[0]) - half) // HOP * HOP)
    take = side.clip.take
    known = levels(take, first, cut.sample(ticks[-1]) + half + HOP) if levels and take is not None else ()

    def cost(tick: int, offset: int) -> float:
        at = cut.sample(tick) + offset
        place = (at - first) // HOP
        level = max(known[place], _SILENCE) if 0 <= place < len(known) else _SILENCE
        if side.edge is None:
            return level
        outside = max(side.edge.first - at, at - side.edge.last, 0)
        return level + (abs(at - side.edge.at) + 40 * outside) * _DISTANCE

    return cost


def nearest_tick(rate: Fraction, sample: int) -> int:
    """The tick that is nearest to a sample."""
    return (2 * sample * rate.numerator + SAMPLE_RATE * rate.denominator) // (2 * SAMPLE_RATE * rate.denominator)


def _slack(word: TakeWord) -> int:
    return max(0, min(_SLACK, (word.end - word.start) // 4))
