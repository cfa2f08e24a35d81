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

HEIGHT, WIDTH, RATE = 36, 64, Fraction(10)
_SIDE = 12
_ROWS = slice(12, 12 + _SIDE)


def frames_between(first: int, stop: int, count: int) -> Generator[AnalysisFrame]:
    """Frames of a bright square that moves by a pixel a frame, to and fro, of a take of `count` frames."""
    for number in range(first, min(stop, count)):
        pixels = np.empty((HEIGHT, WIDTH, 3), np.uint8)
        pixels[...] = (20 + np.arange(HEIGHT) % 8 * 6)[:, None, None]
        left = _left(number)
        pixels[_ROWS, left : left + _SIDE] = 200
        yield AnalysisFrame(number, number / RATE, pixels)


def _left(number: int) -> int:
    way = WIDTH - _SIDE
    return way - abs(number % (2 * way) - way)


def square(frame: AnalysisFrame) -> np.ndarray:  # type: ignore[type-arg]
    return frame.pixels[..., 0] > 100


class Known:
    """Masks, flow, depth and faces of the square, by its pixels."""

    def __init__(self, product: ProductKind, model: str = "") -> None:
        self.identity = ProviderIdentity("known", product, "1.0", "processor", model, "ab" * 32, {"threshold": 0.5})

    def warm_up(self) -> None:
        pass

    def close(self) -> None:
        pass

    def mask(self, frame: AnalysisFrame) -> PersonMask:
        alpha = square(frame).astype(np.float32)
        return PersonMask(alpha, (alpha * FOREGROUND).astype(np.uint8))

    def flow(self, frame: AnalysisFrame, following: AnalysisFrame) -> OpticalFlow:
        height, width = frame.pixels.shape[:2]
        forward, backward = (np.zeros((height, width, 2), np.float32) for _ in range(2))
        step = (_left(following.number) - _left(frame.number)) / height
        forward[square(frame)], backward[square(following)] = (step, 0), (-step, 0)
        return OpticalFlow(forward, backward, np.ones((height, width), np.float32))

    def depth(self, frame: AnalysisFrame) -> DepthMap:
        values = np.tile(np.linspace(0, 0.5, HEIGHT, dtype=np.float32)[:, None], (1, WIDTH))
        values[square(frame)] = 0.9
        values[0, 0] = np.nan
        return DepthMap(values, "relative")

    def faces(self, frame: AnalysisFrame) -> tuple[PersonFace, ...]:
        left = _left(frame.number) / WIDTH
        marks = tuple((left + n / 4680, 0.5) for n in range(468))
        return (PersonFace((left, 0.25, 0.2, 0.3), 0.875, marks), PersonFace((0.5, 0.5, 0.1, 0.1), 0.5))
