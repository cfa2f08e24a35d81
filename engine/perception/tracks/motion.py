"""The motion of a frame at the size in which it is followed, and the displacement over several frames."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.perception.products import OpticalFlow
from engine.perception.tracks.sampling import Floats, Sampler, is_inside, lengths, pixel_grid, reduce, sample

# Displacements vary slowly: they are followed at this height. What moves with them is sampled at its own size.
_FOLLOWED_HEIGHT = 120
# Flow is right where forward and backward flow add up to less than this, in pixels of the followed size, and this share
# of the motion. (Sundaram, Brox, Keutzer: Dense point trajectories by GPU-accelerated large displacement optical flow,
# ECCV 2010, has 0.5 square pixels and 1 % of the squares.)
_TOLERANCE, _RELATIVE_TOLERANCE = 0.7, 0.1


HD_LINES = 1080
"""The lines of a picture whose pixels the limits of motion mean."""


def motion_factor(height: int, width: int) -> int:
    """The size of a square of pixels that moves as one."""
    return max(1, round(min(height, width) / _FOLLOWED_HEIGHT))


@dataclass(frozen=True, slots=True, eq=False)
class FrameMotion:
    """The motion between a frame and the next one of its shot, in pixels of the followed size.

    `forward` and `forward_validity` belong to the pixels of the frame, `backward` and `backward_validity` to those of
    the next one. `mean` is the mean length of the flow, `far` the length that a tenth of the pixels exceeds, both as
    shares of the height. `ahead` samples pictures of the next frame at the places of `forward`, and `behind` those of
    the frame at the places of `backward`.
    """

    forward: Floats
    backward: Floats
    forward_validity: Floats
    backward_validity: Floats
    mean: float
    far: float
    ahead: Sampler
    behind: Sampler


def motion_of(flow: OpticalFlow) -> FrameMotion:
    """The motion of a flow, with the validity of both directions."""
    height, width = flow.validity.shape
    factor = motion_factor(height, width)
    scale = np.float32(height / factor)
    forward, backward = (np.nan_to_num(reduce(way, factor)) * scale for way in (flow.forward, flow.backward))
    provided: Floats = np.clip(np.nan_to_num(reduce(flow.validity, factor)), 0, 1)
    ahead, behind = Sampler.moved(forward), Sampler.moved(backward)
    # Averages of squares at the edge of a motion fit neither side: the weaker of both tests counts.
    forward_validity = np.minimum(_consistency(forward, ahead.of(backward)), provided)
    backward_validity = np.minimum(_consistency(backward, behind.of(forward)), behind.of(provided))
    far = lengths(forward) / scale
    return FrameMotion(
        forward,
        backward,
        forward_validity,
        backward_validity,
        float(far.mean()),
        float(np.quantile(far, 0.9)),
        ahead,
        behind,
    )


def _consistency(way: Floats, back: Floats) -> Floats:
    """1 where the way there and `back` from there ends at its start, 0 two tolerances away or outside."""
    validity: Floats = np.clip(2 - lengths(way + back) / (_TOLERANCE + _RELATIVE_TOLERANCE * lengths(way)), 0, 1)
    columns, rows = pixel_grid(*validity.shape)
    validity[~is_inside(columns + way[..., 0], rows + way[..., 1], *validity.shape)] = 0
    return validity


@dataclass(frozen=True, slots=True, eq=False)
class Displacement:
    """Where the pixels of a frame are in a keyframe.

    `offset` is in pixels of the followed size, and right where `validity` is 1. `return_offset` is the reverse, at the
    pixels of the keyframe. What a slow motion uncovers shows only here: between two frames, both differ by less than a
    pixel. `there` samples pictures of the keyframe at the places of `offset`.
    """

    offset: Floats
    validity: Floats
    return_offset: Floats
    there: Sampler

    @classmethod
    def none(cls, height: int, width: int) -> Displacement:
        """The displacement of a keyframe itself, for a picture of this size."""
        factor = motion_factor(height, width)
        shape = -(-height // factor), -(-width // factor)
        nowhere = np.zeros((*shape, 2), np.float32)
        return cls(nowhere, np.ones(shape, np.float32), nowhere, Sampler.moved(nowhere))

    def after(self, step: Floats, validity: Floats, here: Sampler, return_step: Floats) -> Displacement:
        """The displacement of the neighbouring frame whose pixels are `step` away in this one, with that validity.

        `here` samples this frame at those places; `return_step` is the step from this frame's pixels to the neighbour.
        """
        offset: Floats = step + here.of(self.offset)
        back = self.return_offset + Sampler.moved(self.return_offset).of(return_step)
        there = Sampler.moved(offset)
        validity = np.minimum(validity * here.of(self.validity), _consistency(offset, there.of(back)))
        return Displacement(offset, validity, back, there)

    def places(self, height: int, width: int, at: NDArray[np.intp] | None = None) -> tuple[Floats, Floats]:
        """The places in the keyframe, in pixels of the full analysis size, of all pixels or of those with an index."""
        factor = motion_factor(height, width)
        if at is None:
            at = np.arange(height * width).reshape(height, width)
        columns, rows, small_columns, small_rows = followed_places(height, width, at)
        offset = sample(self.offset, small_columns, small_rows) * np.float32(factor)
        return columns + offset[..., 0], rows + offset[..., 1]


def followed_places(height: int, width: int, at: NDArray[np.intp]) -> tuple[Floats, Floats, Floats, Floats]:
    """The columns and rows of the pixels with an index, at the analysis size and at the followed size."""
    rows, columns = (part.astype(np.float32) for part in np.divmod(at, width))
    factor = np.float32(motion_factor(height, width))
    half = np.float32(0.5)
    return columns, rows, (columns + half) / factor - half, (rows + half) / factor - half
