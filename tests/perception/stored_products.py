"""Providers whose results are known, and frames for them."""

from __future__ import annotations

from collections.abc import Generator
from fractions import Fraction

import numpy as np

from engine.perception import (
    FOREGROUND,
    AnalysisFrame,
    DepthMap,
    OpticalFlow,
    PersonFace,
    PersonMask,
    ProductKind,
    ProviderIdentity,
)

HEIGHT, WIDTH, RATE = 18, 32, Fraction(30)


def frames_between(first: int, stop: int, count: int) -> Generator[AnalysisFrame]:
    """Frames of a bright square that moves to the right by a pixel a frame, of a take of `count` frames."""
    for number in range(first, min(stop, count)):
        pixels = np.full((HEIGHT, WIDTH, 3), 40, np.uint8)
        left = number % (WIDTH - 6)
        pixels[6:12, left : left + 6] = 200
        yield AnalysisFrame(number, number / RATE, pixels)


class Known:
    """Masks, flow, depth and faces of the square, by its pixels."""

    def __init__(self, product: ProductKind, model: str = "") -> None:
        self.identity = ProviderIdentity("known", product, "1.0", "processor", model, "ab" * 32, {"threshold": 0.5})
        self.calls = 0

    def warm_up(self) -> None:
        pass

    def close(self) -> None:
        pass

    def mask(self, frame: AnalysisFrame) -> PersonMask:
        self.calls += 1
        alpha = (frame.pixels[..., 0] > 100).astype(np.float32)
        return PersonMask(alpha, (alpha * FOREGROUND).astype(np.uint8))

    def flow(self, frame: AnalysisFrame, following: AnalysisFrame) -> OpticalFlow:
        self.calls += 1
        height, width = frame.pixels.shape[:2]
        field = np.zeros((height, width, 2), np.float32)
        field[frame.pixels[..., 0] > 100] = (1 / height, 0)
        return OpticalFlow(field, -field, np.ones((height, width), np.float32))

    def depth(self, frame: AnalysisFrame) -> DepthMap:
        self.calls += 1
        values = np.linspace(0, 1, HEIGHT * WIDTH, dtype=np.float32).reshape(HEIGHT, WIDTH)
        values[0, 0] = np.nan
        return DepthMap(values, "relative")

    def faces(self, frame: AnalysisFrame) -> tuple[PersonFace, ...]:
        self.calls += 1
        left = int((frame.pixels[8, :, 0] > 100).argmax()) / WIDTH
        marks = tuple((left + n / 4680, 0.5) for n in range(468))
        return (PersonFace((left, 0.25, 0.2, 0.3), 0.875, marks), PersonFace((0.5, 0.5, 0.1, 0.1), 0.5))
