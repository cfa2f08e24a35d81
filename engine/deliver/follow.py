"""The moving crops of a delivery, and what its receipt says about them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from engine.deliver.cut_request import CutRequest
from engine.deliver.followed_take import FollowedTake
from engine.deliver.receipt import FollowedSpeaker, UsedFollow
from engine.deliver.request import DeliverableRequest, Programme

if TYPE_CHECKING:
    from engine.picture import CropWindow

SAFE_MARGIN = 0.02
"""A face is in the safe area if it is this share of the crop away from its edges."""

_NO_FACE = "no face was found: the crop is in the middle"
# The speed, in widths of the crop per second, below which nobody sees a movement.
_STILL = 0.01


@dataclass(frozen=True, slots=True)
class FollowedStretches:
    """A followed take with its label, and the ticks of it that are delivered."""

    label: str
    follow: FollowedTake
    ticks: tuple[range, ...]


def take_crops(order: DeliverableRequest) -> Callable[[int], CropWindow | None] | None:
    """The crop by the tick of the footage's grid, if the recipe follows and there is a plan."""
    follow, grid = order.follow, order.footage.grid
    if follow is None or grid is None or not order.recipe.follows:
        return None
    return lambda tick: follow.at(tick / grid.rate)


def cut_crop(order: CutRequest, take: str, time: Fraction) -> CropWindow | None:
    """The crop of a take of a cut at a time on the take's clock."""
    follow = order.follows.get(take) if order.recipe.follows else None
    return follow.at(time) if follow else None


def followed_stretches(order: Programme) -> list[FollowedStretches]:
    """The followed takes of a delivery."""
    if not order.recipe.follows:
        return []
    if isinstance(order, CutRequest):
        return [
            FollowedStretches(order.takes[one].label, follow, tuple(follow.ticks(*span) for span in order.used(one)))
            for one, follow in order.follows.items()
        ]
    if not isinstance(order, DeliverableRequest) or order.follow is None:
        return []
    ticks = order.follow.ticks(order.begin, order.begin + order.duration)
    return [FollowedStretches(order.label, order.follow, (ticks,))]


def follow_notes(order: Programme) -> list[str]:
    """Notes for the receipt: what there was not to follow."""
    if not order.recipe.follows:
        return []
    found = followed_stretches(order)
    notes = [f"{one.label}: {note}" for one in found for note in _notes(one.follow)]
    return notes if found else [_NO_FACE]


def used_follows(order: Programme) -> tuple[UsedFollow, ...]:
    """What the receipt says about the moving crops."""
    return tuple(map(_used, followed_stretches(order)))


def safe_frames(follow: FollowedTake, spans: Iterable[range]) -> tuple[int, int]:
    """Of the frames in which a followed speaker speaks: those with the face in the safe area, and all of them.

    Interjections, which the crop does not follow, do not count.
    """
    from engine.perception import face_is_inside

    path, shares, inside, total = follow.plan.path, follow.plan.shares, 0, 0
    for ticks in spans:
        for turn in follow.plan.turns:
            track = follow.faces.track(turn.track)
            first = max(ticks.start, round(turn.start * path.rate))
            for sample in track.within(first, min(ticks.stop, round(turn.end * path.rate))) if track else ():
                if follow.plan.shows(turn.track, sample.tick / path.rate):
                    total += 1
                    inside += face_is_inside(sample.box, path, shares, sample.tick, SAFE_MARGIN)
    return inside, total


def _notes(follow: FollowedTake) -> tuple[str, ...]:
    return follow.notes if follow.faces.tracks else (*follow.notes, _NO_FACE)


def _used(one: FollowedStretches) -> UsedFollow:
    follow, plan = one.follow, one.follow.plan
    inside, total = safe_frames(follow, one.ticks)
    moved = [_movement(follow, first, last) for ticks in one.ticks for first, last in _between(follow, ticks)]
    return UsedFollow(
        take=one.label,
        path_digest=plan.path.digest,
        faces=len(follow.faces.tracks),
        speakers=tuple(
            FollowedSpeaker(speaker=known.speaker, face=known.track, confidence=known.confidence, chosen=known.chosen)
            for known in follow.speakers
        ),
        turns=len(plan.turns),
        interjections=sum(not plan.shows(turn.track, (turn.start + turn.end) / 2) for turn in plan.turns),
        cuts=sum(cut in ticks and cut > ticks.start for cut in plan.path.cuts for ticks in one.ticks),
        moves=sum(moves for moves, _, _ in moved),
        keys=follow.keys,
        in_safe_area=round(inside / total, 4) if total else None,
        speed=round(max((speed for _, speed, _ in moved), default=0.0), 3),
        acceleration=round(max((change for _, _, change in moved), default=0.0), 3),
    )


def _between(follow: FollowedTake, ticks: range) -> Sequence[tuple[int, int]]:
    """The parts of a range between cuts."""
    cuts = sorted(one for one in follow.plan.path.cuts if ticks.start < one < ticks.stop)
    return list(pairwise([ticks.start, *cuts, ticks.stop]))


def _movement(follow: FollowedTake, first: int, last: int) -> tuple[int, float, float]:
    """The number of moves, the highest speed and the highest acceleration from a tick to another."""
    import numpy as np

    path = follow.plan.path
    rate = float(path.rate * follow.speed)
    places = np.stack([values[first:last] for values in (path.x, path.y)])
    steps = np.diff(places, axis=1) * rate / np.array(follow.plan.shares)[:, None]
    if not steps.shape[1]:
        return 0, 0.0, 0.0
    moving = np.concatenate([[False], np.abs(steps).max(axis=0) > _STILL])
    moves = int((np.diff(moving.astype(np.int8)) == 1).sum())
    change = float(np.abs(np.diff(steps, axis=1)).max()) * rate if steps.shape[1] > 1 else 0.0
    return moves, float(np.abs(steps).max()), change
