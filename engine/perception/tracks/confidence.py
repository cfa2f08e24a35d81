"""The confidence of frames: from measures, then slowly over time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from engine.perception.track import FrameQuality
from engine.perception.tracks.options import TrackOptions

Product = TypeVar("Product")


@dataclass(frozen=True, slots=True)
class Verdict:
    """The confidence that the measures of one frame give, and why the frame is not stable."""

    confidence: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Limit:
    """A measure is good until `good`, and its confidence falls to 0 at `bad`; at the middle, a frame is unstable."""

    name: str
    good: float
    bad: float
    reason: str

    def judge(self, value: float) -> tuple[float, str | None]:
        share = min(max((self.bad - value) / (self.bad - self.good), 0.0), 1.0)
        return share, self.reason if share < 0.5 else None


def judge(measures: Mapping[str, float], options: TrackOptions) -> Verdict:
    """The confidence of measures: that of the worst. It is .5 at the limits of the options."""
    worst, reasons = 1.0, []
    for limit in _limits(options):
        if limit.name in measures:
            share, reason = limit.judge(measures[limit.name])
            worst = min(worst, share)
            if reason is not None:
                reasons.append(reason)
    return Verdict(worst, tuple(reasons))


def _limits(options: TrackOptions) -> Sequence[_Limit]:
    """Each limit of an option is the middle between good and bad."""
    iou, jump, depth = options.warp_iou, options.coverage_jump, options.depth_jump
    return (
        _Limit("warp_iou", (1 + iou) / 2, (3 * iou - 1) / 2, "the mask does not move with the picture"),
        _Limit("agreement", (1 + iou) / 2, (3 * iou - 1) / 2, "the masks of the keyframes around differ"),
        _Limit("coverage_jump", jump / 3, jump * 5 / 3, "the size of the mask jumps"),
        _Limit("flow_px", options.flow_px / 2, options.flow_px * 1.5, "the motion is fast"),
        _Limit("valid", 0.8, 0.2, "the optical flow fails"),
        _Limit("unseen", 0.02, 0.1, "something moves, and the model sees nobody"),
        _Limit("sure", 0.8, 0.2, "the model is not sure"),
        _Limit("depth_jump", depth / 2, depth * 1.5, "the depth jumps"),
        _Limit("depth_agreement", 0.9, 0.4, "the depths of the keyframes around differ"),
        _Limit("finite", 1.0, 0.0, "the model's result is not finite"),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Judged(Generic[Product]):
    """A frame's product with its own confidence, before it is made slow."""

    product: Product
    confidence: float
    reset: bool = False
    reasons: tuple[str, ...] = ()
    measures: Mapping[str, float] = field(default_factory=dict)

    def quality(self, number: int, confidence: float, *, keyframe: bool) -> FrameQuality:
        """The quality of its frame, with the slow confidence."""
        return FrameQuality(number, confidence, keyframe, self.reset, self.reasons, self.measures)


def slowed(frames: Iterable[Judged[Product]], step: float) -> Iterator[tuple[Judged[Product], float]]:
    """The frames with a confidence that is nowhere above their own, and changes slowly.

    It falls by `step` a frame at most, already before a bad frame, so 1 / `step` frames are in memory. It rises at half
    that speed, and only to what all of these frames have: a short stretch between two bad ones does not make an effect
    pulse. A shot does not change the confidence of another.
    """
    ahead = round(1 / step)
    rise = step / 2
    waiting: deque[Judged[Product]] = deque()
    last = 1.0

    def ready(end: bool) -> Iterator[tuple[Judged[Product], float]]:
        nonlocal last
        while waiting and (end or len(waiting) > ahead):
            first = waiting[0]
            limit = lasting = 1.0
            for distance, one in enumerate(waiting):
                limit = min(limit, one.confidence + distance * step)
                lasting = min(lasting, one.confidence)
            if not first.reset:
                limit = min(limit, max(last, min(last + rise, lasting)))
            waiting.popleft()
            last = limit
            yield first, limit

    for frame in frames:
        if frame.reset:
            yield from ready(True)
        waiting.append(frame)
        yield from ready(False)
    yield from ready(True)
