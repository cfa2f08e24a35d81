"""The products of a stretch of frames by several providers, in step."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import tee

import numpy as np

from engine.perception.products import OpticalFlow, PersonFace, ProductKind
from engine.perception.provider import AnalysisFrame, DepthProvider, FaceProvider, FlowProvider, MaskProvider, Provider
from engine.perception.shared_flow import SharedFlow
from engine.perception.sidecars.codec import Product
from engine.perception.sidecars.index import PerceptionIndex
from engine.perception.sidecars.writer import FrameProducts
from engine.perception.track import FrameQuality
from engine.perception.tracks import TrackOptions, track_depth, track_masks
from engine.perception.tracks.confidence import Judged, slowed
from engine.perception.tracks.cuts import CutFinder
from engine.perception.tracks.motion import motion_of
from engine.perception.tracks.sampling import Floats

FlowOfFrame = tuple[AnalysisFrame, OpticalFlow | None]
Tracked = Iterator[tuple[Product | None, FrameQuality]]

# Faces are looked for so often a second: blinks and syllables need it.
_FACE_RATE = 12
# The shares of a frame in which flow is valid: of no use, not stable below, and good.
_LEAST_VALID, _HALF_VALID, _FULLY_VALID = 0.2, 0.5, 0.8
_LINES = 1080
# The summed differences to the neighbours, in codes, of a pixel that counts fully, and how much one without any counts.
_DETAILED, _PLAIN = 24.0, 0.02
_SPARSE = 2


@dataclass(frozen=True, slots=True)
class ProviderSet:
    """The providers of a pass. Masks and depth also need `flow`; it is stored if `keep_flow` is set.

    `foreground`: masks have the colour of the person, too.
    """

    mask: MaskProvider | None = None
    flow: FlowProvider | None = None
    depth: DepthProvider | None = None
    face: FaceProvider | None = None
    keep_flow: bool = True
    foreground: bool = False

    def __post_init__(self) -> None:
        """Raises ValueError for masks or depth without flow."""
        if (self.mask or self.depth) and self.flow is None:
            raise ValueError("masks and depth are tracked by flow")

    @property
    def stored(self) -> dict[ProductKind, Provider]:
        """The providers of the products to store, by kind, in a fixed order."""
        every: tuple[tuple[ProductKind, Provider | None], ...] = (
            ("person_mask", self.mask),
            ("optical_flow", self.flow if self.keep_flow else None),
            ("depth_map", self.depth),
            ("face", self.face),
        )
        return {kind: provider for kind, provider in every if provider is not None}

    def warm_up(self) -> None:
        """Warms up all providers."""
        for provider in self._all():
            provider.warm_up()

    def close(self) -> None:
        """Closes all providers."""
        for provider in self._all():
            provider.close()

    def _all(self) -> list[Provider]:
        return [one for one in (self.mask, self.flow, self.depth, self.face) if one is not None]


def face_interval(rate: Fraction) -> int:
    """The ticks between two frames in which faces are looked for: a divisor of a segment's length."""
    wanted = rate / _FACE_RATE
    return min((1, 2, 3, 4, 5, 6, 8, 10, 12), key=lambda ticks: abs(ticks - wanted))


def frame_products(
    frames: Iterable[AnalysisFrame], providers: ProviderSet, index: PerceptionIndex
) -> Generator[tuple[int, FrameProducts]]:
    """The products of consecutive frames, by number. Flow is not valid at the end of a shot and of the frames.

    Each pair of frames has its flow computed once. Memory does not grow with the number of frames.
    """
    tracks: dict[ProductKind, Tracked] = {}
    kinds, options = providers.stored, TrackOptions(foreground=providers.foreground)
    given = list(tee(frames, len(kinds) + 1))
    numbers = (frame.number for frame in given.pop())
    flow = SharedFlow(providers.flow) if providers.flow else None
    keeps_flow = "optical_flow" in kinds
    moving: Iterator[FlowOfFrame] | None = None
    if providers.mask and flow:
        masks = track_masks(given.pop(), providers.mask, flow, options)
        if keeps_flow:
            masks, others = tee(masks)
            moving = ((frame, found) for frame, _, found, _ in others)
        tracks["person_mask"] = ((mask, quality) for _, mask, _, quality in masks)
    if providers.depth and flow:
        depths = track_depth(given.pop(), providers.depth, flow, options)
        tracks["depth_map"] = ((depth, quality) for _, depth, _, quality in depths)
    if keeps_flow and flow:
        tracks["optical_flow"] = _judged_flows(moving or _flows(given.pop(), flow), options)
    if providers.face:
        tracks["face"] = _faces(given.pop(), providers.face, index)
    # A copy that nothing takes from would keep every frame.
    del given
    for number, *products in zip(numbers, *(tracks[kind] for kind in kinds), strict=True):
        yield number, dict(zip(kinds, products, strict=True))


def _flows(frames: Iterator[AnalysisFrame], provider: FlowProvider) -> Iterator[FlowOfFrame]:
    """Each frame with its flow to the next one of its shot."""
    cuts = CutFinder()
    frame = next(frames, None)
    while frame is not None:
        following = next(frames, None)
        flow = provider.flow(frame, following) if following else None
        yield (
            frame,
            None if flow is None or following is None or cuts.ends_shot(frame, following, motion_of(flow)) else flow,
        )
        frame = following


def _judged_flows(pairs: Iterable[FlowOfFrame], options: TrackOptions) -> Tracked:
    """The flow of each frame. Its confidence follows the share of valid pixels, slowly, and falls before a failure."""
    for judged, confidence in slowed(_judge_flows(pairs, options), options.confidence_step):
        number, flow = judged.product
        yield flow, judged.quality(number, confidence, keyframe=True)


def _judge_flows(pairs: Iterable[FlowOfFrame], options: TrackOptions) -> Iterator[Judged[tuple[int, OpticalFlow]]]:
    before, begins = 1.0, True
    for frame, flow in pairs:
        if flow is None:
            # Nothing follows in this shot: that is no failure of the flow.
            empty = no_flow(*frame.pixels.shape[:2])
            yield Judged((frame.number, empty), before, begins, (), {"valid": 0.0})
            before, begins = 1.0, True
            continue
        valid, moved = flow_measures(flow, detail_of(frame))
        reasons = []
        if valid < _HALF_VALID:
            reasons.append("the optical flow fails")
        if moved > options.flow_px:
            reasons.append("the motion is fast")
        confidence = float(np.clip((valid - _LEAST_VALID) / (_FULLY_VALID - _LEAST_VALID), 0, 1))
        measures = {"valid": valid, "flow_px": moved}
        yield Judged((frame.number, flow), confidence, begins, tuple(reasons), measures)
        before, begins = confidence, False


def flow_measures(flow: OpticalFlow, detail: Floats) -> tuple[float, float]:
    """The share of the `detail` whose flow is valid, and its mean motion there in pixels of 1080 lines.

    Where there is no detail, motion is neither found nor seen: a plain wall says nothing about a flow.
    """
    known = flow.validity[::_SPARSE, ::_SPARSE] * detail
    moved = np.hypot(flow.forward[::_SPARSE, ::_SPARSE, 0], flow.forward[::_SPARSE, ::_SPARSE, 1]) * _LINES
    total = float(known.sum())
    return total / float(detail.sum()), float((moved * known).sum()) / max(total, 1e-9)


def detail_of(frame: AnalysisFrame) -> Floats:
    """How much detail every second pixel of every second row has, from nearly nothing to 1."""
    grey = frame.pixels[::_SPARSE, ::_SPARSE, 1].astype(np.float32)
    slope = np.zeros_like(grey)
    across, down = np.abs(np.diff(grey, axis=1)), np.abs(np.diff(grey, axis=0))
    slope[:, 1:] += across
    slope[:, :-1] += across
    slope[1:] += down
    slope[:-1] += down
    detail: Floats = np.clip(slope / _DETAILED, _PLAIN, 1).astype(np.float32)
    return detail


def no_flow(height: int, width: int) -> OpticalFlow:
    """Flow that is not valid anywhere."""
    still = np.zeros((height, width, 2), np.float32)
    return OpticalFlow(still, still, np.zeros((height, width), np.float32))


def _faces(frames: Iterator[AnalysisFrame], provider: FaceProvider, index: PerceptionIndex) -> Tracked:
    """The faces of every so many frames; those between have the confidence of the last ones."""
    record = index.product("face")
    every = record.every if record else 1
    found: tuple[PersonFace, ...] | None = None
    for frame in frames:
        looked = (frame.number - index.first) % every == 0 or found is None
        if looked:
            found = provider.faces(frame)
        assert found is not None
        score = max((face.score for face in found), default=0.0)
        quality = FrameQuality(frame.number, score, keyframe=looked, measures={"faces": float(len(found))})
        yield found if looked else None, quality
