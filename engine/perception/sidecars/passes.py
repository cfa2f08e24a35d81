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

Tracked = Iterator[tuple[Product | None, FrameQuality]]

# Faces are looked for ten times a second.
_FACE_RATE = 10
# Mean motion that the search for flow does not follow reliably, in analysis pixels.
_FAST_PX = 25.0
# The share of a frame in which flow must be valid.
_LEAST_VALID, _FULLY_VALID = 0.1, 0.5
# Changes of the confidence per second: an effect fades and does not pop.
_FADE_PER_S = 4.0


@dataclass(frozen=True, slots=True)
class ProviderSet:
    """The providers of a pass. Masks and depth also need `flow`; it is stored if `keep_flow` is set."""

    mask: MaskProvider | None = None
    flow: FlowProvider | None = None
    depth: DepthProvider | None = None
    face: FaceProvider | None = None
    keep_flow: bool = True

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
    """The products of consecutive frames, by number. The last frame has no flow.

    Memory does not grow with the number of frames.
    """
    tracks: list[tuple[ProductKind, Tracked]] = []
    flow = SharedFlow(providers.flow) if providers.flow else None
    kinds = providers.stored
    copies = iter(tee(frames, len(kinds) + 1))
    numbers = (frame.number for frame in next(copies))
    if providers.mask:
        tracks.append(("person_mask", _masks(next(copies), providers.mask)))
    if "optical_flow" in kinds and flow:
        tracks.append(("optical_flow", _flows(next(copies), flow, index.rate)))
    if providers.depth:
        tracks.append(("depth_map", _depths(next(copies), providers.depth)))
    if providers.face:
        tracks.append(("face", _faces(next(copies), providers.face, index)))
    for number, *products in zip(numbers, *(track for _, track in tracks), strict=True):
        yield number, dict(zip((kind for kind, _ in tracks), products, strict=True))


def _masks(frames: Iterator[AnalysisFrame], provider: MaskProvider) -> Tracked:
    for frame in frames:
        yield provider.mask(frame), FrameQuality(frame.number, 1.0, keyframe=True)


def _depths(frames: Iterator[AnalysisFrame], provider: DepthProvider) -> Tracked:
    for frame in frames:
        yield provider.depth(frame), FrameQuality(frame.number, 1.0, keyframe=True)


def _flows(frames: Iterator[AnalysisFrame], provider: FlowProvider, rate: Fraction) -> Tracked:
    """The flow to the following frame, with a confidence that follows the share of valid pixels."""
    step = _FADE_PER_S / float(rate)
    confidence: float | None = None
    frame = next(frames, None)
    while frame is not None:
        following = next(frames, None)
        flow = provider.flow(frame, following) if following else no_flow(*frame.pixels.shape[:2])
        valid, moved = flow_measures(flow)
        trusted = float(np.clip((valid - _LEAST_VALID) / (_FULLY_VALID - _LEAST_VALID), 0, 1))
        if following is None:
            trusted = confidence or 0.0
        confidence = trusted if confidence is None else float(np.clip(trusted, confidence - step, confidence + step))
        reasons = []
        if following and valid < _FULLY_VALID:
            reasons.append(f"the flow is valid in {valid:.0%} of the frame")
        if moved > _FAST_PX:
            reasons.append(f"the picture moves by {moved:.0f} px")
        measures = {"valid": valid, "flow_px": moved}
        yield flow, FrameQuality(frame.number, confidence, True, reasons=tuple(reasons), measures=measures)
        frame = following


def flow_measures(flow: OpticalFlow) -> tuple[float, float]:
    """The share of the frame in which flow is valid, and the mean motion there in pixels."""
    validity = flow.validity
    total = float(validity.sum())
    moved = np.hypot(flow.forward[..., 0], flow.forward[..., 1]) * validity.shape[0]
    return total / validity.size, float((moved * validity).sum()) / max(total, 1e-9)


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
