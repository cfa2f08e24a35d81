"""Plans a crop that follows people: whom it shows, and how it moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil, sqrt

import numpy as np

from engine.perception.faces import HeadBox, SpeakerFace, SpokenSpan, TakeFaces, head_box
from engine.perception.framing.crop_path import CropPath, Floats
from engine.perception.framing.follow_options import FollowOptions
from engine.perception.framing.manual_keys import with_manual_keys
from engine.perception.framing.reframe_key import ReframeKey
from engine.perception.framing.schedule import SeenTurn, ShownSpan, schedule
from engine.perception.framing.smooth_path import PathLimits, PathWishes, solve_path
from engine.picture import crop_shares

# Seconds between the knots of a path.
_KNOT = 0.2
# Seconds after which somebody who stays at a place is shown in the middle.
_CALM = 1.5
# A place at which the halves of a stay differ by more than this share of the still zone is part of a walk.
_DRIFT = 0.35
# The height of a face in the crop, from its top, where the crop can move vertically.
_EYE_LINE = 0.4
# The crop is at the edge of the picture within this share of it.
_EDGE = 1e-6


@dataclass(frozen=True, slots=True)
class FollowPlan:
    """The path of a crop, the stretches with the tracks that it shows, and the turns that it follows.

    `shares` are the width and height of the largest crop as shares of the picture: without zoom.
    """

    path: CropPath
    spans: tuple[ShownSpan, ...]
    turns: tuple[SeenTurn, ...]
    shares: tuple[float, float]

    def shows(self, track: int, time: Fraction) -> bool:
        """Whether the crop shows a track at a time in seconds."""
        return any(one.start <= time < one.end and track in one.tracks for one in self.spans)


def plan_follow(
    faces: TakeFaces,
    spoken: Sequence[SpokenSpan],
    speakers: Sequence[SpeakerFace],
    picture: tuple[int, int],
    output: tuple[int, int],
    options: FollowOptions | None = None,
    keys: Sequence[ReframeKey] = (),
) -> FollowPlan:
    """The crop of a take for a frame of `output`, from its faces and from who speaks when.

    `picture` is the display size of the take, (width, height) as `output`. Without speakers, the most prominent faces
    are shown; without faces, the crop is in the middle, and only `keys` move it.
    """
    options = options or FollowOptions()
    shares = crop_shares(picture, output, options.zoom)
    turns = _turns(spoken, speakers)
    duration = Fraction(faces.ticks) / faces.rate
    planner = _Planner(faces, shares, options)
    spans = schedule(
        turns,
        duration,
        hold=Fraction(options.hold).limit_denominator(1000),
        lead=Fraction(options.lead).limit_denominator(1000),
        fits=planner.fits,
    )
    if not spans and (shown := planner.prominent()):
        spans = [ShownSpan(Fraction(0), duration, shown, (Fraction(0), duration))]
    path = planner.path(spans)
    if keys:
        path = with_manual_keys(path, keys, options.acceleration * min(shares))
    return FollowPlan(path, tuple(spans), tuple(turns), crop_shares(picture, output))


def _turns(spoken: Sequence[SpokenSpan], speakers: Sequence[SpeakerFace]) -> list[SeenTurn]:
    of: Mapping[str, int] = {one.speaker: one.track for one in speakers}
    return [SeenTurn(one.start, one.end, of[one.speaker]) for one in spoken if one.speaker in of]


class _Planner:
    """The geometry of a take's heads in the units of its picture."""

    def __init__(self, faces: TakeFaces, shares: tuple[float, float], options: FollowOptions) -> None:
        self._faces, self._shares, self._options = faces, shares, options
        self._tracks = {one.id: one for one in faces.tracks}
        self._rate = float(faces.rate)

    def fits(self, tracks: tuple[int, ...], start: Fraction, end: Fraction) -> bool:
        """Whether the heads of tracks fit one crop that does not move."""
        if len(tracks) < 2:
            return False
        joined: HeadBox | None = None
        first, last = self._faces.tick_at(start), self._faces.tick_at(end)
        for number in tracks:
            for one in self._tracks[number].within(first, last):
                head = one.head
                joined = joined.joined(head) if joined else head
        if joined is None:
            return False
        free = 1 - 2 * self._options.margin
        across, down = self._shares
        return joined.right - joined.left <= across * free and (down >= 1 or joined.bottom - joined.top <= down * free)

    def prominent(self) -> tuple[int, ...]:
        """The tracks to show if nobody is known to speak: all, if they fit one crop, or the most prominent one."""
        every = tuple(sorted(self._tracks))
        if len(every) < 2 or self.fits(every, Fraction(0), Fraction(self._faces.ticks) / self._faces.rate):
            return every
        return (max(every, key=lambda number: self._tracks[number].size * len(self._tracks[number].samples)),)

    def path(self, spans: Sequence[ShownSpan]) -> CropPath:
        """The path that shows these stretches."""
        count = max(1, self._faces.ticks)
        x, y = np.full(count, 0.5), np.full(count, 0.5)
        cuts: list[int] = []
        for piece in self._pieces(spans):
            first = min(ceil(piece[0].start * self._faces.rate), count - 1) if piece[0] is not spans[0] else 0
            end = min(ceil(piece[-1].end * self._faces.rate), count) if piece[-1] is not spans[-1] else count
            if end <= first:
                continue
            x[first:end], y[first:end] = self._moves(piece, first, end)
            if first:
                cuts.append(first)
        return CropPath(self._faces.rate, x, y, np.full(count, self._options.zoom), frozenset(cuts))

    def _pieces(self, spans: Sequence[ShownSpan]) -> list[list[ShownSpan]]:
        """The stretches between cuts."""
        pieces: list[list[ShownSpan]] = [[span] for span in spans[:1]]
        for one, two in pairwise(spans):
            if self._cuts(one, two):
                pieces.append([two])
            else:
                pieces[-1].append(two)
        return pieces

    def _cuts(self, one: ShownSpan, two: ShownSpan) -> bool:
        if self._options.switch != "auto":
            return self._options.switch == "cut" or self._is_too_long(one, two)
        tick = self._faces.tick_at(two.start)
        heads = [head_box(self._tracks[number].nearest_box(tick)) for number in {*one.tracks, *two.tracks}]
        joined = heads[0]
        for head in heads[1:]:
            joined = joined.joined(head)
        free = 1 - 2 * self._options.margin
        return joined.right - joined.left > self._shares[0] * free or joined.bottom - joined.top > self._shares[1]

    def _is_too_long(self, one: ShownSpan, two: ShownSpan) -> bool:
        """Whether a pan would take more than half of one of the stretches: the crop would hardly ever be still."""
        tick = self._faces.tick_at(two.start)
        places = [
            np.mean([_middle(self._tracks[number].nearest_box(tick))[0] for number in span.tracks])
            for span in (one, two)
        ]
        distance = abs(float(places[1] - places[0])) / self._shares[0]
        speed, acceleration = self._options.speed, self._options.acceleration
        if distance > speed**2 / acceleration:
            seconds = distance / speed + speed / acceleration
        else:
            seconds = 2 * sqrt(distance / acceleration)
        return seconds > float(min(one.end - one.start, two.end - two.start)) / 2

    def _moves(self, piece: Sequence[ShownSpan], first: int, end: int) -> tuple[Floats, Floats]:
        """The positions of the ticks of a piece without a cut."""
        knots = np.arange(int(np.ceil((end - first) / self._rate / _KNOT)) + 1) * _KNOT
        heads = [self._heads(piece, first + seconds * self._rate) for seconds in knots]
        seconds = np.arange(end - first) / self._rate
        made = []
        for axis in (0, 1):
            share = self._shares[axis]
            wishes = self._wishes(heads, axis)
            unit = min(share, 1.0)
            limits = PathLimits(
                low=unit / 2,
                high=1 - unit / 2,
                speed=self._options.speed * unit,
                acceleration=self._options.acceleration * unit,
                knot=_KNOT,
            )
            made.append(solve_path(wishes, limits).at(seconds))
        return made[0], made[1]

    def _heads(self, piece: Sequence[ShownSpan], tick: float) -> tuple[list[HeadBox], list[tuple[float, float]]]:
        """The heads, around a knot, of those who are shown then, and the middles of their faces; none in a change."""
        reach = _KNOT * self._rate / 2
        span = next((one for one in piece if tick < self._faces.tick_at(one.end)), piece[-1])
        begins, ends = (self._faces.tick_at(time) for time in span.spoken)
        if (span is not piece[0] and tick < begins) or (span is not piece[-1] and tick > ends):
            return [], []
        heads, middles = [], []
        for number in span.tracks:
            track = self._tracks[number]
            seen = track.within(tick - reach, tick + reach + 1)
            heads += [one.head for one in seen]
            middles += [_middle(one.box) for one in seen]
            if not seen and (box := track.box_at(tick, self._rate)):
                heads.append(head_box(box))
                middles.append(_middle(box))
        return heads, middles

    def _wishes(self, heads: Sequence[tuple[list[HeadBox], list[tuple[float, float]]]], axis: int) -> PathWishes:
        share, count = self._shares[axis], len(heads)
        margin = self._options.margin * share
        target, low, high = (np.full(count, np.nan) for _ in range(3))
        for n, (boxes, middles) in enumerate(heads):
            if not boxes:
                continue
            least = min((one.left if axis == 0 else one.top) for one in boxes)
            most = max((one.right if axis == 0 else one.bottom) for one in boxes)
            places = [middle[axis] for middle in middles]
            middle = (min(places) + max(places)) / 2
            target[n] = middle if axis == 0 else middle + (0.5 - _EYE_LINE) * share
            low[n], high[n] = most + margin - share / 2, least - margin + share / 2
            if low[n] > high[n]:
                # The heads do not fit: their middle stays in the middle.
                low[n] = high[n] = middle if most - least > share else (least + most) / 2
        calm, zone = calm_targets(target, self._options.still * share, round(_CALM / _KNOT))
        return PathWishes(calm, low, high, zone)


def calm_targets(target: Floats, still: float, least: int) -> tuple[Floats, Floats]:
    """Targets that do not move while a face stays at its place, and the zone around each.

    Where a target stays within `still` of one place for `least` knots, it is that place, with no zone around it: the
    crop is then in the middle. Elsewhere, the zone is `still`.
    """
    calm, zone = target.copy(), np.full(len(target), still)
    known = np.flatnonzero(~np.isnan(target))
    begin = 0
    while begin < len(known):
        low = high = float(target[known[begin]])
        end = begin + 1
        while end < len(known):
            value = float(target[known[end]])
            if max(high, value) - min(low, value) > 2 * still:
                break
            low, high, end = min(low, value), max(high, value), end + 1
        run = known[begin:end]
        half = len(run) // 2
        # Who walks slowly is at one place for a while, too.
        if len(run) >= least and abs(target[run[half:]].mean() - target[run[:half]].mean()) < _DRIFT * still:
            calm[run], zone[run] = np.median(target[run]), 0.0
        begin = end
    return calm, zone


def _middle(box: tuple[float, float, float, float]) -> tuple[float, float]:
    left, top, width, height = box
    return left + width / 2, top + height / 2


def face_is_inside(
    box: tuple[float, float, float, float], path: CropPath, shares: tuple[float, float], tick: int, margin: float = 0.0
) -> bool:
    """Whether a face is inside the crop at a tick, `margin` of the crop away from its edges.

    An edge of the crop that is the picture's edge cuts nothing away.
    """
    left, top, width, height = box
    scale = path.zoom[tick]
    for low, high, middle, share in (
        (left, left + width, path.x[tick], shares[0]),
        (top, top + height, path.y[tick], shares[1]),
    ):
        half = share / scale / 2
        centre = min(max(middle, half), 1 - half)
        least, most = centre - half, centre + half
        free = margin * 2 * half
        if (least > _EDGE and low < least + free) or (most < 1 - _EDGE and high > most - free):
            return False
    return True
