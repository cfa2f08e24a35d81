"""Carries what a keyframe has to the frames of a span, and combines both keyframes without averaging what differs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.perception.tracks.followed_picture import FollowedPicture
from engine.perception.tracks.motion import Displacement, followed_places, motion_factor
from engine.perception.tracks.sampling import Floats, enlarge, median9, reduce, sample
from engine.perception.tracks.spans import Span

# How much faster one keyframe replaces the other where they differ than where they agree.
_SHARPNESS = 6


@dataclass(frozen=True, slots=True, eq=False)
class Carriers:
    """For each frame of a span, the displacements from its first and from its last frame."""

    first: Sequence[Displacement]
    last: Sequence[Displacement]


def carriers_of(span: Span) -> Carriers:
    """Follows the motion of a span in both directions."""
    size = span.frames[0].frame.pixels.shape[:2]
    motions = [one.motion for one in span.frames[:-1] if one.motion]
    first, last = [Displacement.none(*size)], [Displacement.none(*size)]
    for motion in motions:
        first.append(first[-1].after(motion.backward, motion.backward_validity, motion.behind, motion.forward))
    for motion in reversed(motions):
        last.append(last[-1].after(motion.forward, motion.forward_validity, motion.ahead, motion.backward))
    last.reverse()
    pictures = [one.picture for one in span.frames]
    return Carriers(
        [_confirmed(way, picture, pictures[0]) for way, picture in zip(first, pictures, strict=True)],
        [_confirmed(way, picture, pictures[-1]) for way, picture in zip(last, pictures, strict=True)],
    )


def _confirmed(way: Displacement, picture: FollowedPicture, keyframe: FollowedPicture) -> Displacement:
    if picture is keyframe:
        return way
    # Single pixels that differ from those around are errors.
    return replace(way, validity=median9(picture.confirmed(keyframe, way.there, way.validity)))


class CarriedPlane:
    """A plane of a keyframe that can be sampled at the places of other frames.

    Most of an alpha is exactly 0 or 1: only the pixels near other values are sampled at their own size.
    """

    def __init__(self, values: Floats) -> None:
        from scipy.ndimage import maximum_filter, minimum_filter

        self.values = values
        self._factor = motion_factor(*values.shape)
        small = reduce(values, self._factor)
        low, high = minimum_filter(small, 5, mode="nearest"), maximum_filter(small, 5, mode="nearest")
        self._small, self._varies = small, (high - low > 1e-3).astype(np.float32)

    def at(self, displacement: Displacement) -> tuple[Floats, Floats]:
        """The plane as the displaced frame sees it: at its own size, and at the followed size."""
        height, width = self.values.shape
        small = displacement.there.of(self._small)
        sampled = self._whole(displacement.there.of(self._varies) > 0)
        plane: Floats = self._whole(small)
        at = np.flatnonzero(sampled)
        plane.ravel()[at] = sample(self.values, *displacement.places(height, width, at))
        return plane, small

    def _whole(self, small: NDArray[Any]) -> NDArray[Any]:
        """Each pixel of the followed size as a square of its own size."""
        height, width = self.values.shape
        whole = np.repeat(np.repeat(small, self._factor, 1), self._factor, 0)[:height, :width]
        return np.ascontiguousarray(whole)


def share_of_last(first: Floats, last: Floats, position: float, difference: Floats) -> Floats:
    """The weight of the last keyframe against the first one, 0 to 1.

    `first` and `last` are the validities of both, `position` is 0 at the first keyframe and 1 at the last one.
    `difference` is 0 where both agree and 1 where they exclude each other: there, one replaces the other within a few
    frames, or where its validity ends, so that no ghost of both appears.
    """
    before = np.maximum(first, 1e-3) * (1 - position)
    after = np.maximum(last, 1e-3) * position
    share = after / np.maximum(before + after, 1e-9)
    power = 1 + (_SHARPNESS - 1) * np.clip(difference, 0, 1)
    raised, rest = share**power, (1 - share) ** power
    result: Floats = (raised / np.maximum(raised + rest, 1e-9)).astype(np.float32, copy=False)
    return result


def validity_at(displacement: Displacement, height: int, width: int, at: NDArray[np.intp]) -> Floats:
    """The validity at pixels of the analysis size."""
    _, _, columns, rows = followed_places(height, width, at)
    return sample(displacement.validity, columns, rows)


def enlarged(values: Floats, height: int, width: int) -> Floats:
    """A plane of the followed size at the analysis size."""
    factor = motion_factor(height, width)
    return enlarge(values, values.shape[0] * factor, values.shape[1] * factor)[:height, :width]
