"""Masks over time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from engine.perception.products import OpticalFlow, PersonMask
from engine.perception.provider import AnalysisFrame, FlowProvider, MaskProvider
from engine.perception.track import FrameQuality
from engine.perception.tracks.carrying import (
    CarriedPlane,
    carriers_of,
    enlarged,
    share_of_last,
    validity_at,
)
from engine.perception.tracks.confidence import Judged, judge, slowed
from engine.perception.tracks.fill import fill
from engine.perception.tracks.finite import CheckedResult, checked_mask
from engine.perception.tracks.followed_picture import KNOWN
from engine.perception.tracks.foreground import foreground_light
from engine.perception.tracks.motion import HD_LINES, Displacement, FrameMotion, motion_factor
from engine.perception.tracks.options import TrackOptions
from engine.perception.tracks.sampling import Floats, luma, reduce
from engine.perception.tracks.spans import Span, TrackedFrame, spans_of
from engine.perception.tracks.trimap import trimap_of

TrackedMask = tuple[AnalysisFrame, PersonMask, OpticalFlow | None, FrameQuality]

# Masks of which less than this share of the picture differs are the same: a few uncertain pixels are not a person.
_NOTHING = 0.003
# A motion that is not noise of the flow: a share of the height, and at least so many pixels of the followed size.
_MOVES, _LEAST_PX = 0.004, 0.75
# Alphas that differ by less than the first value agree, those that differ by more than the second exclude each other.
_AGREEING, _EXCLUDING = 0.15, 0.5


def track_masks(
    frames: Iterable[AnalysisFrame],
    provider: MaskProvider,
    flow: FlowProvider,
    options: TrackOptions | None = None,
) -> Iterator[TrackedMask]:
    """Each frame with its mask, its flow to the next frame (None at the end of a shot) and its quality.

    The provider is used at keyframes. Between them, the masks of both keyframes around are moved by the flow, and one
    replaces the other where they differ. `frames` have one size. About `longest_gap` + 1 / `confidence_step` frames are
    in memory.
    """
    options = options or TrackOptions()
    for judged, confidence in slowed(
        _judged(spans_of(frames, flow, options), provider, options), options.confidence_step
    ):
        made = judged.product
        quality = judged.quality(made.tracked.frame.number, confidence, keyframe=made.keyframe)
        yield made.tracked.frame, made.mask, made.tracked.flow, quality


@dataclass(frozen=True, slots=True, eq=False)
class _Made:
    tracked: TrackedFrame
    mask: PersonMask
    keyframe: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Combined:
    """The alpha of a frame, and what the keyframes around say of it."""

    alpha: Floats
    agreement: float = 1.0
    valid: float = 1.0


def _judged(spans: Iterable[Span], provider: MaskProvider, options: TrackOptions) -> Iterator[Judged[_Made]]:
    first: CheckedResult | None = None
    alpha: Floats | None = None
    previous: _Previous | None = None
    agreement = 1.0
    for span in spans:
        if first is None or span.begins_shot:
            first = checked_mask(provider, span.frames[0].frame)
            alpha, previous, agreement = first.values, None, 1.0
        last = checked_mask(provider, span.frames[-1].frame) if len(span.frames) > 1 else first
        combined = _combine(span, alpha, last.values)
        count = len(span.frames)
        for index in range(count if span.ends_shot else count - 1):
            tracked, made = span.frames[index], combined[index]
            result = first if index == 0 else last if index == count - 1 else None
            measures = _measures(made, tracked, result, previous)
            if index == 0:
                # A keyframe between two spans also agrees with the span before.
                measures["agreement"] = min(measures["agreement"], agreement)
            verdict = judge(measures, options)
            reset = span.begins_shot and index == 0
            mask = _mask(tracked.frame, made.alpha, options)
            keyframe = result is not None and result.values is not None
            yield Judged(_Made(tracked, mask, keyframe), verdict.confidence, reset, verdict.reasons, measures)
            previous = _Previous(reduce(made.alpha, motion_factor(*made.alpha.shape)), tracked.motion)
        first, agreement = last, combined[-1].agreement
        # Without a result, the last frame has the mask that was moved to it, unless there is none.
        alpha = combined[-1].alpha if alpha is not None or last.values is not None else None


def _mask(frame: AnalysisFrame, alpha: Floats, options: TrackOptions) -> PersonMask:
    trimap = trimap_of(alpha)
    return PersonMask(alpha, trimap, foreground_light(frame, trimap) if options.foreground else None)


def _combine(span: Span, first: Floats | None, last: Floats | None) -> list[_Combined]:
    """The alphas of a span. A keyframe without a result is known from the other one only."""
    count = len(span.frames)
    height, width = span.frames[0].frame.pixels.shape[:2]
    nothing = np.zeros((height, width), np.float32)
    if count == 1:
        return [_Combined(nothing if first is None else first)]
    carriers = carriers_of(span)
    before = CarriedPlane(nothing if first is None else first)
    after = CarriedPlane(nothing if last is None else last)
    combined = []
    for index, tracked in enumerate(span.frames):
        position = 0.0 if last is None else 1.0 if first is None else index / (count - 1)
        ways = carriers.first[index], carriers.last[index]
        combined.append(_between(tracked.frame, (before, after), ways, position))
    if first is None or last is None:
        combined = [replace(one, agreement=1.0) for one in combined]
    if first is not None:
        combined[0] = _Combined(first, combined[0].agreement)
    if last is not None:
        combined[-1] = _Combined(last, combined[-1].agreement)
    return combined


def _between(
    frame: AnalysisFrame,
    planes: tuple[CarriedPlane, CarriedPlane],
    ways: tuple[Displacement, Displacement],
    position: float,
) -> _Combined:
    height, width = frame.pixels.shape[:2]
    alpha, small_first = planes[0].at(ways[0])
    last, small_last = planes[1].at(ways[1])
    at = np.flatnonzero(np.abs(last - alpha) > 1 / 512)
    if len(at):
        before, after = alpha.ravel()[at], last.ravel()[at]
        difference = (np.abs(after - before) - _AGREEING) / (_EXCLUDING - _AGREEING)
        first_valid, last_valid = (validity_at(way, height, width, at) for way in ways)
        share = share_of_last(first_valid, last_valid, position, difference)
        alpha.ravel()[at] = before + share * (after - before)
    both = np.minimum(ways[0].validity, ways[1].validity)
    valid = _valid_share(ways, small_first, small_last)
    if valid < 1:
        known = np.maximum(ways[0].validity * (position < 1), ways[1].validity * (position > 0))
        alpha = _filled(frame, alpha, np.clip(known / (2 * KNOWN), 0, 1))
    return _Combined(alpha, soft_iou(small_first, small_last, both), valid)


def _filled(frame: AnalysisFrame, alpha: Floats, known: Floats) -> Floats:
    """The alpha with what is not `known`, at the followed size, from its neighbours."""
    factor = motion_factor(*alpha.shape)
    small = reduce(alpha, factor)
    change = fill(small, known, reduce(luma(frame), factor)) - small
    filled: Floats = np.clip(alpha + enlarged(change, *alpha.shape), 0, 1)
    return filled


def _valid_share(ways: tuple[Displacement, Displacement], first: Floats, last: Floats) -> float:
    """The share of the person, as either keyframe sees it, that is known from one of them."""
    person: Floats = np.maximum(first, last)
    known = np.maximum(ways[0].validity, ways[1].validity) > 2 * KNOWN
    area = float(person.sum())
    return float((person * known).sum()) / area if area > _NOTHING * person.size else 1.0


@dataclass(frozen=True, slots=True, eq=False)
class _Previous:
    """The alpha of the frame before, at the followed size, and its motion to this one."""

    alpha: Floats
    motion: FrameMotion | None


def _measures(
    made: _Combined, tracked: TrackedFrame, result: CheckedResult | None, previous: _Previous | None
) -> dict[str, float]:
    small = reduce(made.alpha, motion_factor(*made.alpha.shape))
    coverage = float(small.mean())
    measures = {"agreement": made.agreement, "coverage": coverage, "valid": made.valid}
    if tracked.motion:
        measures["flow_px"] = tracked.motion.mean * HD_LINES
    if previous and previous.motion:
        measures["coverage_jump"] = abs(coverage - float(previous.alpha.mean()))
        measures["warp_iou"] = warp_iou(previous.alpha, small, previous.motion)
        measures.setdefault("flow_px", previous.motion.mean * HD_LINES)
    if coverage < _NOTHING and (motion := tracked.motion or (previous and previous.motion)):
        measures["unseen"] = moving_share(motion)
    if result is not None:
        measures |= {"finite": float(result.values is not None), "retried": float(result.retried)}
        if result.values is not None:
            measures["sure"] = sureness(result.values)
    return measures


def moving_share(motion: FrameMotion) -> float:
    """The share of the picture that moves otherwise than most of it, as a person does who enters the frame."""
    forward = motion.forward
    beside = forward - np.median(forward.reshape(-1, 2), axis=0)
    return float((np.hypot(beside[..., 0], beside[..., 1]) > max(_MOVES * len(forward), _LEAST_PX)).mean())


def sureness(alpha: Floats) -> float:
    """How sure a mask is: 1 if the person and the background are separate, 0 if every pixel is between."""
    between = float((4 * alpha * (1 - alpha)).mean())
    return 1 - between / (float(alpha.mean()) + 10 * _NOTHING)


def warp_iou(previous: Floats, alpha: Floats, motion: FrameMotion) -> float:
    """The IoU of a mask and the previous one, moved to it, where the flow is right; both at the followed size."""
    return soft_iou(motion.behind.of(previous), alpha, motion.backward_validity)


def soft_iou(one: Floats, other: Floats, weight: Floats | float = 1.0) -> float:
    """The weighted sum of the lesser alphas by that of the greater ones; 1 for two masks without a person."""
    nothing = _NOTHING * one.size
    lesser, greater = (float((pick(one, other) * weight).sum()) for pick in (np.minimum, np.maximum))
    return (lesser + nothing) / (greater + nothing)
