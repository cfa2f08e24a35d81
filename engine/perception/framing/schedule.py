"""Whom a crop shows: the speakers, without changes that are too quick to follow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class SeenTurn:
    """A turn of a speaker with a face, in seconds on the take's clock; `track` is the face's."""

    start: Fraction
    end: Fraction
    track: int


@dataclass(frozen=True, slots=True)
class ShownSpan:
    """A stretch from `start` to `end` in which these tracks are shown.

    `spoken` are the first and the last time at which they speak in it; between two stretches is the pause in which the
    crop may change.
    """

    start: Fraction
    end: Fraction
    tracks: tuple[int, ...]
    spoken: tuple[Fraction, Fraction]


def schedule(
    turns: Sequence[SeenTurn],
    duration: Fraction,
    *,
    hold: Fraction,
    lead: Fraction,
    fits: Callable[[tuple[int, ...], Fraction, Fraction], bool],
) -> list[ShownSpan]:
    """The stretches of a take of `duration` seconds, each at least `hold` seconds long; empty without turns.

    A turn that is shorter than `hold` within another's speech is an interjection and changes nothing. Neighbours whose
    heads fit one crop together (`fits`: tracks, start, end) are shown together. A change comes `lead` seconds before
    the first word, but not before the last one of the stretch before.
    """
    floor = _long_enough(_merged(_floor(turns)), hold)
    if not floor:
        return []
    spans = []
    for number, one in enumerate(floor):
        start = _change(floor[number - 1], one, lead) if number else Fraction(0)
        end = _change(one, floor[number + 1], lead) if number + 1 < len(floor) else max(duration, one.end)
        spans.append(ShownSpan(start, end, (one.track,), (one.start, one.end)))
    return _together(spans, fits)


def _change(one: SeenTurn, two: SeenTurn, lead: Fraction) -> Fraction:
    """When the crop goes from one turn to the next."""
    return max(two.start - lead, min(one.end, two.start))


def _floor(turns: Sequence[SeenTurn]) -> list[SeenTurn]:
    """The turns without overlaps: a new one begins when it starts, unless the other goes on after its end."""
    found: list[SeenTurn] = []
    for turn in sorted(turns, key=lambda one: (one.start, one.end)):
        if found and turn.track != found[-1].track and turn.end <= found[-1].end:
            continue
        if found and turn.start < found[-1].end and turn.track != found[-1].track:
            found[-1] = replace(found[-1], end=max(turn.start, found[-1].start))
        found.append(turn)
    return [one for one in found if one.end > one.start]


def _merged(turns: Sequence[SeenTurn]) -> list[SeenTurn]:
    """The turns with neighbours of one track joined."""
    found: list[SeenTurn] = []
    for turn in turns:
        if found and found[-1].track == turn.track:
            found[-1] = replace(found[-1], end=max(found[-1].end, turn.end))
        else:
            found.append(turn)
    return found


def _long_enough(turns: list[SeenTurn], hold: Fraction) -> list[SeenTurn]:
    """The turns without those that are shorter than `hold`, the shortest first; each time neighbours are joined.

    A turn lasts until the next one begins, because its framing stays in the pause.
    """
    while len(turns) > 1:
        ends = [*(one.start for one in turns[1:]), turns[-1].end]
        lengths = [max(end, one.end) - one.start for one, end in zip(turns, ends, strict=True)]
        shortest = min(range(len(turns)), key=lambda n: lengths[n])
        if lengths[shortest] >= hold:
            break
        turns = _merged([one for n, one in enumerate(turns) if n != shortest])
    return turns


def _together(spans: list[ShownSpan], fits: Callable[[tuple[int, ...], Fraction, Fraction], bool]) -> list[ShownSpan]:
    found: list[ShownSpan] = []
    for span in spans:
        if found:
            tracks = tuple(sorted({*found[-1].tracks, *span.tracks}))
            if fits(tracks, found[-1].start, span.end):
                found[-1] = ShownSpan(found[-1].start, span.end, tracks, (found[-1].spoken[0], span.spoken[1]))
                continue
        found.append(span)
    return found
