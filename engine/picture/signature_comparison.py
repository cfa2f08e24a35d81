"""Compares the frames of a finished movie with those that were rendered, by their signatures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.picture.frame_signatures import FrameSignatures

Floats = NDArray[np.float64]

FROZEN_S = 0.5
"""A picture that stands for this long, in seconds, is frozen; for less, frames are repeated."""

# The largest offset that is searched, in seconds, and the largest distance of a repeated frame.
_REACH_S = 0.6
_AROUND_S = 3.0
# An error is that of the worst cells, because a change may be small in area.
_WORST = 4
# A frame is another one if its error is at least this many times that of a usual frame, within these bounds (codes).
_UNUSUAL, _LEAST, _MOST = 4.0, 2.0, 8.0
# Luma of a black cell at most, in 8-bit codes.
_BLACK = 22.0
# A frame is found at another place if its error there is at most this share of the bound.
_SAME = 0.5
# Frames whose places are searched; one fault has fewer.
_SEARCHED = 2000
# The offset is distinct if an error beside it is this many times larger, by at least so many codes.
_BESIDE, _BESIDE_CODES, _FAR, _FAR_CODES = 1.1, 0.002, 1.3, 0.004
# A mean error above this does not show the same frames, in codes.
_SAME_FRAMES = 1.0
# A frame's part of a mean error is bounded, so that a few wrong frames do not decide, in codes.
_BOUND = 4.0


@dataclass(frozen=True, slots=True)
class FrameStretch:
    """Frames `first` to `last` (exclusive) of a movie, and their times in seconds."""

    first: int
    last: int
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class PictureFaults:
    """Stretches of a finished movie that differ from what was rendered.

    `black` frames have a picture in the rendering, `frozen` ones stand for at least `FROZEN_S` while the rendering
    moves, `repeated` ones are shown twice instead of others. `compared` is the number of frames.
    """

    compared: int
    black: tuple[FrameStretch, ...] = ()
    frozen: tuple[FrameStretch, ...] = ()
    repeated: tuple[FrameStretch, ...] = ()


@dataclass(frozen=True, slots=True)
class PictureOffset:
    """How much later a finished movie shows a frame than it was rendered for, in seconds and in numbers of frames."""

    seconds: float
    frames: int


def picture_offset(
    rendered: FrameSignatures, finished: FrameSignatures, start: float, end: float
) -> PictureOffset | None:
    """The offset of the frames from `start` to `end` seconds, to the frame; None if the picture does not change enough.

    It is the shift within ±0.6 s at which the cells of both differ least, after the mean of each cell is removed.
    """
    inside = np.flatnonzero((finished.times >= start) & (finished.times < end))
    if len(inside) < 3 or rendered.count < 3:
        return None
    reach = max(1, round(_REACH_S / _frame_seconds(rendered)))
    here = finished.cells[inside] - np.nanmean(finished.cells[inside], axis=0) if _any(finished, inside) else None
    if here is None:
        return None
    shifts = np.arange(-reach, reach + 1)
    errors = np.array([_mean_error(here, rendered, inside - shift) for shift in shifts])
    if np.isnan(errors).all():
        return None
    best = int(np.nanargmin(errors))
    error = errors[best]
    apart = np.abs(np.arange(len(errors)) - best)
    beside, far = (np.where(np.isfinite(errors) & place, errors, np.inf).min() for place in (apart == 1, apart > 1))
    distinct = beside > _BESIDE * error + _BESIDE_CODES and far > _FAR * error + _FAR_CODES
    if not distinct or not np.isfinite(far) or error > _SAME_FRAMES:
        return None
    shift = int(shifts[best])
    places = inside - shift
    known = (places >= 0) & (places < rendered.count)
    later = np.median(finished.times[inside[known]] - rendered.times[places[known]])
    return PictureOffset(float(later), shift)


def _any(signatures: FrameSignatures, frames: NDArray[np.intp]) -> bool:
    return bool(np.isfinite(signatures.cells[frames, 0]).any())


def _frame_seconds(signatures: FrameSignatures) -> float:
    return (float(np.median(np.diff(signatures.times))) if signatures.count > 1 else 0.0) or 1.0


def _mean_error(here: NDArray[np.float32], rendered: FrameSignatures, places: NDArray[np.intp]) -> float:
    """The mean difference of frames from those at `places`; NaN if fewer than half can be compared."""
    known = (places >= 0) & (places < rendered.count)
    there = np.full_like(here, np.nan)
    there[known] = rendered.cells[places[known]]
    usable = np.isfinite(there[:, 0]) & np.isfinite(here[:, 0])
    if np.count_nonzero(usable) < max(3, len(here) // 2):
        return float("nan")
    there, mine = there[usable], here[usable]
    there = there - there.mean(0)
    differences = np.abs(mine - mine.mean(0) - there).mean(1)
    return float(np.minimum(differences, _BOUND).mean())


def picture_faults(
    rendered: FrameSignatures, finished: FrameSignatures, shift: int | NDArray[np.intp] = 0
) -> PictureFaults:
    """The faults of a movie; `shift` is the offset in frames (of each frame) at which both show the same."""
    places = np.arange(finished.count) - shift
    known = (places >= 0) & (places < rendered.count)
    wanted = np.full_like(finished.cells, np.nan)
    wanted[known] = rendered.cells[places[known]]
    compared = np.isfinite(wanted[:, 0]) & np.isfinite(finished.cells[:, 0])
    if not compared.any():
        return PictureFaults(0)
    errors = np.where(compared, _worst(finished.cells, wanted), 0.0)
    usual = float(np.median(errors[compared]))
    bound = float(np.clip(_UNUSUAL * usual, _LEAST, _MOST))
    wrong = errors >= bound
    black = wrong & (np.nan_to_num(finished.cells, nan=255.0).max(1) <= _BLACK)
    frozen, repeated = _standing(finished, wrong & ~black, errors > 2 * usual, bound)
    left = np.flatnonzero(wrong & ~black & ~frozen & ~repeated)[:_SEARCHED]
    around = round(_AROUND_S / _frame_seconds(rendered))
    for number in left:
        repeated[number] = _is_elsewhere(finished.cells[number], rendered, int(places[number]), around, bound)
    return PictureFaults(
        int(np.count_nonzero(compared)),
        black=_stretches(black, finished),
        frozen=_stretches(frozen, finished),
        repeated=_stretches(repeated, finished),
    )


def _standing(
    finished: FrameSignatures, wrong: NDArray[np.bool_], unusual: NDArray[np.bool_], bound: float
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """The frames of frozen and of repeated pictures: they look like the right frame before them, and are wrong.

    `unusual` frames differ more than others from the rendering.
    """
    frozen, repeated = np.zeros(len(wrong), np.bool_), np.zeros(len(wrong), np.bool_)
    number = 1
    while number < len(wrong):
        if not wrong[number] or wrong[number - 1]:
            number += 1
            continue
        # If the rendering moves slowly, the picture stands before a frame is wrong.
        first = number
        shown = finished.cells[number - 1]
        while first > 1 and unusual[first - 1] and _is_like(finished.cells[first - 2], shown, bound / 4):
            first -= 1
        last = number
        while last < len(wrong) and _is_like(finished.cells[last], shown, bound * _SAME):
            last += 1
        if last > number:
            found = frozen if finished.times[last - 1] - finished.times[first - 1] >= FROZEN_S * 0.9 else repeated
            found[(first if found is frozen else number) : last] = True
        number = max(last, number) + 1
    return frozen, repeated


def _is_like(one: NDArray[np.float32], other: NDArray[np.float32], most: float) -> bool:
    return bool(_worst(one[None], other[None])[0] <= most)


def _is_elsewhere(cells: NDArray[np.float32], rendered: FrameSignatures, place: int, around: int, bound: float) -> bool:
    nearby = rendered.cells[max(0, place - around) : place + around + 1]
    if not len(nearby):
        return False
    return bool(np.nanmin(_worst(nearby, np.broadcast_to(cells, nearby.shape))) <= bound * _SAME)


def _worst(one: NDArray[np.float32], other: NDArray[np.float32]) -> Floats:
    """The mean difference of the worst cells of each frame; both (frames, cells)."""
    differences = np.abs(one - other)
    return np.asarray(np.partition(differences, -_WORST, axis=1)[:, -_WORST:].mean(1), np.float64)


def _stretches(found: NDArray[np.bool_], signatures: FrameSignatures) -> tuple[FrameStretch, ...]:
    times = signatures.times
    edges = np.flatnonzero(np.diff(np.concatenate([[False], found, [False]]).astype(np.int8)))
    step = _frame_seconds(signatures)
    return tuple(
        FrameStretch(int(first), int(last), float(times[first]), float(times[last - 1] + step))
        for first, last in zip(edges[::2], edges[1::2], strict=True)
    )


@dataclass(frozen=True, slots=True)
class PictureClipping:
    """Shares of samples at the ends of limited range, 0 to 1, on average over all compared frames.

    `excess` is what the finished movie has more than the rendering, near the ends included; `worst` that of the worst
    second, which begins `worst_at` seconds into the movie.
    """

    rendered: float
    finished: float
    excess: float
    worst: float
    worst_at: float


def clipping(
    rendered: FrameSignatures, finished: FrameSignatures, shift: int | NDArray[np.intp] = 0
) -> PictureClipping | None:
    """Compares the clipped shares of both; black frames of the movie do not count. None if there is nothing to compare.

    A sample of the rendering counts as clipped if it is within 3 codes of an end, because encoding changes it as much.
    """
    places = np.arange(finished.count) - shift
    usable = (places >= 0) & (places < rendered.count)
    usable[usable] = np.isfinite(rendered.cells[places[usable], 0])
    usable &= np.nan_to_num(finished.cells, nan=0.0).max(1) > _BLACK
    frames = np.flatnonzero(usable)
    if not len(frames):
        return None
    there, here = rendered.ends[places[frames]].astype(np.float64), finished.ends[frames].astype(np.float64)
    excess = np.maximum(here[:, :2] - there[:, 2:], 0).sum(1)
    second = max(1, round(1 / _frame_seconds(finished)))
    window = min(second, len(excess))
    sums = np.convolve(excess, np.ones(window) / window, "valid")
    worst = int(np.argmax(sums))
    return PictureClipping(
        rendered=float(there[:, :2].sum(1).mean()),
        finished=float(here[:, :2].sum(1).mean()),
        excess=float(excess.mean()),
        worst=float(sums[worst]),
        worst_at=float(finished.times[frames[worst]]),
    )
