"""Depth over time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from engine.perception.products import DepthMap, DepthUnit, OpticalFlow
from engine.perception.provider import AnalysisFrame, DepthProvider, FlowProvider
from engine.perception.track import FrameQuality
from engine.perception.tracks.affine_lock import AffineLock, lock
from engine.perception.tracks.carrying import Carriers, carriers_of, enlarged, share_of_last
from engine.perception.tracks.confidence import Judged, judge, slowed
from engine.perception.tracks.finite import checked_depth
from engine.perception.tracks.followed_picture import KNOWN
from engine.perception.tracks.motion import HD_LINES, Displacement, FrameMotion, motion_factor
from engine.perception.tracks.options import TrackOptions
from engine.perception.tracks.sampling import Floats, reduce, sample
from engine.perception.tracks.spans import Span, TrackedFrame, spans_of

TrackedDepth = tuple[AnalysisFrame, DepthMap, OpticalFlow | None, FrameQuality]

# Depths that differ by less than the first share of their range agree, those that differ by more than the second
# exclude each other.
_AGREEING, _EXCLUDING = 0.03, 0.1


def track_depth(
    frames: Iterable[AnalysisFrame],
    provider: DepthProvider,
    flow: FlowProvider,
    options: TrackOptions | None = None,
) -> Iterator[TrackedDepth]:
    """Each frame with its depth, its flow to the next frame (None at the end of a shot) and its quality.

    The provider is used at keyframes. Relative depth gets the scale and shift of the shot: that of its first frame.
    Frames have one size, and as many are in memory as for `track_masks`.
    """
    options = options or TrackOptions()
    judged_frames = _judged(spans_of(frames, flow, options), provider, options)
    for judged, confidence in slowed(judged_frames, options.confidence_step):
        made = judged.product
        quality = judged.quality(made.tracked.frame.number, confidence, keyframe=made.keyframe)
        yield made.tracked.frame, made.depth, made.tracked.flow, quality


@dataclass(frozen=True, slots=True, eq=False)
class _Keyframe:
    """The depth of a keyframe in the scale of the shot.

    If the provider had no finite result, the values are those of the keyframe before, or there are none.
    """

    values: Floats | None
    unit: DepthUnit
    lock: AffineLock
    finite: bool
    retried: bool

    @property
    def measures(self) -> dict[str, float]:
        found = {"finite": float(self.finite), "retried": float(self.retried)}
        if self.finite:
            found |= {"scale": self.lock.scale, "shift": self.lock.shift, "depth_agreement": self.lock.fit}
        return found


@dataclass(frozen=True, slots=True, eq=False)
class _MadeDepth:
    tracked: TrackedFrame
    depth: DepthMap
    keyframe: bool


@dataclass(frozen=True, slots=True, eq=False)
class _PreviousDepth:
    """The depth of the frame before, at the followed size, and its motion to this one."""

    values: Floats
    motion: FrameMotion | None


def _judged(spans: Iterable[Span], provider: DepthProvider, options: TrackOptions) -> Iterator[Judged[_MadeDepth]]:
    first: _Keyframe | None = None
    previous: _PreviousDepth | None = None
    for span in spans:
        carriers = carriers_of(span)
        if span.begins_shot:
            first, previous = None, None
        first = first or _keyframe(provider, span.frames[0].frame, None, None)
        count = len(span.frames)
        last = _keyframe(provider, span.frames[-1].frame, first, carriers.first[-1]) if count > 1 else first
        for index in range(count if span.ends_shot else count - 1):
            tracked = span.frames[index]
            key = first if index == 0 else last if index == count - 1 else None
            values = _between(tracked.frame, (first, last), carriers, index, count)
            measures = _measures(tracked, values, key, previous)
            verdict = judge(measures, options)
            shown = np.clip(values, 0, 1) if first.unit == "relative" else values
            made = _MadeDepth(tracked, DepthMap(shown, first.unit), key is not None and key.finite)
            reset = span.begins_shot and index == 0
            yield Judged(made, verdict.confidence, reset, verdict.reasons, measures)
            previous = _PreviousDepth(_small(values), tracked.motion)
        first = last


def _keyframe(
    provider: DepthProvider, frame: AnalysisFrame, before: _Keyframe | None, way: Displacement | None
) -> _Keyframe:
    """The depth of a frame, in the scale of the keyframe before, of which `way` is the displacement to this one."""
    result = checked_depth(provider, frame)
    if result.values is None:
        moved = (
            _carried(before, way, *frame.pixels.shape[:2])[0] if before and before.values is not None and way else None
        )
        return _Keyframe(moved, before.unit if before else result.unit, AffineLock(fit=0.0), False, result.retried)
    found = AffineLock()
    if before and before.values is not None and way and result.unit == "relative":
        expected = way.there.of(_small(before.values))
        found = lock(_small(result.values), expected, way.validity)
    values = found.apply(result.values) if result.unit == "relative" else result.values
    return _Keyframe(values, result.unit, found, True, result.retried)


def _small(values: Floats) -> Floats:
    return reduce(values, motion_factor(*values.shape))


def _between(
    frame: AnalysisFrame, keys: tuple[_Keyframe, _Keyframe], carriers: Carriers, index: int, count: int
) -> Floats:
    """The depth of one frame of a span; NaN where neither keyframe knows it."""
    height, width = frame.pixels.shape[:2]
    for place, key in ((0, keys[0]), (count - 1, keys[1])):
        if index == place and key.values is not None:
            return key.values
    first, first_valid = _carried(keys[0], carriers.first[index], height, width)
    last, last_valid = _carried(keys[1], carriers.last[index], height, width)
    position = 0.0 if keys[1].values is None else 1.0 if keys[0].values is None else index / max(count - 1, 1)
    difference = (np.abs(last - first) / _range(first, last) - _AGREEING) / (_EXCLUDING - _AGREEING)
    values = first + share_of_last(first_valid, last_valid, position, difference) * (last - first)
    values[np.maximum(first_valid, last_valid) == 0] = np.nan
    return values


def _carried(key: _Keyframe, way: Displacement, height: int, width: int) -> tuple[Floats, Floats]:
    """A keyframe's depth as another frame sees it, 0 where unknown, and its validity: 0 where unknown."""
    if key.values is None:
        return np.zeros((height, width), np.float32), np.zeros((height, width), np.float32)
    # Below KNOWN, both keyframes count alike.
    validity = np.maximum(enlarged(way.validity, height, width), np.float32(KNOWN / 10))
    places = way.places(height, width)
    unknown = np.isnan(key.values)
    if not unknown.any():
        return sample(key.values, *places), validity
    known = sample((~unknown).astype(np.float32), *places)
    values = sample(np.nan_to_num(key.values), *places)
    values /= np.maximum(known, np.float32(1e-3))
    validity[known <= 0.5] = 0
    return values, validity


def _range(*depths: Floats) -> float:
    """The range of depths, without the outermost twentieths."""
    sparse = np.concatenate([depth[::4, ::4].ravel() for depth in depths])
    low, high = np.nanquantile(sparse, [0.05, 0.95])
    return max(float(high - low), 1e-4)


def _measures(
    tracked: TrackedFrame, values: Floats, key: _Keyframe | None, previous: _PreviousDepth | None
) -> dict[str, float]:
    motion = tracked.motion or (previous.motion if previous else None)
    measures = {"flow_px": motion.mean * HD_LINES} if motion else {}
    if previous and previous.motion:
        measures["depth_jump"] = depth_jump(previous.values, _small(values), previous.motion)
    if key is not None:
        measures |= key.measures
    return measures


def depth_jump(previous: Floats, values: Floats, motion: FrameMotion) -> float:
    """The median difference of a depth and the previous one, moved to it, as a share of its range.

    Where the flow fails, or a depth is unknown, nothing is compared; 0 if that is everywhere.
    """
    difference = np.abs(motion.behind.of(previous) - values)[motion.backward_validity > 0.5]
    difference = difference[np.isfinite(difference)]
    return float(np.median(difference)) / _range(values) if len(difference) else 0.0
