"""Generated shots of a person whose mask, motion and depth are known, and providers that return them with errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np
import skimage.data
import skimage.io
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, zoom

from engine.perception import (
    UNKNOWN,
    AnalysisFrame,
    DepthMap,
    OpticalFlow,
    PersonMask,
    ProviderIdentity,
)

Floats = NDArray[np.float32]
Path2D = Callable[[int], tuple[float, float]]


def still(number: int) -> tuple[float, float]:
    """No motion."""
    return 0.0, 0.0


def walk(number: int) -> tuple[float, float]:
    """A person who sways and crosses the picture slowly."""
    return 0.6 * number, 3 * float(np.sin(number / 5))


@cache
def picture(name: str) -> Floats:
    """A picture that comes with scikit-image, in codes."""
    pixels = skimage.io.imread(Path(skimage.data.__file__).parent / name)
    return np.ascontiguousarray(pixels[..., :3]).astype(np.float32)


@dataclass(frozen=True)
class Scene:
    """A person in front of a background; `person` and `background` are their offsets in pixels by frame."""

    height: int = 120
    width: int = 160
    person: Path2D = walk
    background: Path2D = still
    backdrop: str = "coffee.png"
    present: bool = True
    gain: Callable[[int], float] = field(default=lambda number: 1.0)

    def frame(self, number: int, as_number: int | None = None) -> AnalysisFrame:
        """The picture, with the time of 30 frames a second."""
        number_shown = number if as_number is None else as_number
        alpha = self.alpha(number)[..., None]
        light = alpha * self.colours(number) + (1 - alpha) * self.backdrop_colours(number)
        grain = np.random.default_rng(number).normal(0, 1, light.shape)
        pixels = np.clip(light * self.gain(number) + grain, 0, 255).astype(np.uint8)
        return AnalysisFrame(number_shown, Fraction(number_shown, 30), pixels)

    def colours(self, number: int) -> Floats:
        """The colours of the person, everywhere."""
        return self._layer("astronaut.png", self.person(number))

    def backdrop_colours(self, number: int) -> Floats:
        """The colours of the background, everywhere."""
        return self._layer(self.backdrop, self.background(number))

    def _layer(self, name: str, offset: tuple[float, float]) -> Floats:
        rows, columns = np.indices((self.height, self.width), np.float32)
        scale = 300 / self.height
        source = picture(name)
        y = np.clip((rows - offset[1]) * scale + 20, 0, len(source) - 1.001)
        x = np.clip((columns - offset[0]) * scale + 40, 0, source.shape[1] - 1.001)
        top, left = y.astype(int), x.astype(int)
        down, across = (y - top)[..., None], (x - left)[..., None]
        upper = source[top, left] * (1 - across) + source[top, left + 1] * across
        lower = source[top + 1, left] * (1 - across) + source[top + 1, left + 1] * across
        return (upper * (1 - down) + lower * down).astype(np.float32)

    def alpha(self, number: int) -> Floats:
        """A head and shoulders, with soft edges."""
        if not self.present:
            return np.zeros((self.height, self.width), np.float32)
        x, y = self.person(number)
        rows, columns = np.indices((self.height, self.width), np.float32)
        across = (columns - 0.4 * self.width - x) / self.height
        down = (rows - y) / self.height
        head = 1 - np.hypot(across / 0.14, (down - 0.38) / 0.19)
        body = 1 - np.hypot(across / 0.30, (down - 1.05) / 0.50)
        inside = np.maximum(head * 0.14, body * 0.3) * self.height
        return np.clip(inside / 1.5 + 0.5, 0, 1).astype(np.float32)

    def depth(self, number: int) -> Floats:
        """Relative inverse depth: a floor that comes nearer, and the person before it."""
        rows = np.indices((self.height, self.width), np.float32)[0] / self.height
        alpha = self.alpha(number)
        return ((1 - alpha) * (0.1 + 0.3 * rows) + alpha * 0.7).astype(np.float32)

    def flow(self, number: int, error: float = 0.15) -> OpticalFlow:
        """The flow to the next frame, with smooth errors in pixels; valid everywhere, as far as it knows."""
        noise = np.random.default_rng(1000 + number)

        def way(at: int, to: int) -> Floats:
            person, background = (np.subtract(path(to), path(at)) for path in (self.person, self.background))
            inside = self.alpha(at)[..., None] > 0.5
            # A search finds the motion of neighbourhoods, not of pixels.
            exact = gaussian_filter(np.where(inside, person, background), (1, 1, 0))
            errors = gaussian_filter(noise.normal(0, 1, exact.shape), (4, 4, 0))
            return ((exact + errors * error / max(errors.std(), 1e-6)) / self.height).astype(np.float32)

        return OpticalFlow(
            way(number, number + 1), way(number + 1, number), np.ones((self.height, self.width), np.float32)
        )


@dataclass(frozen=True)
class Shot:
    """Frames of a scene, the first with this number in the take."""

    scene: Scene
    length: int


class Footage:
    """A take of shots, with the truth about every frame."""

    def __init__(self, *shots: Shot) -> None:
        self.places = [(shot.scene, number) for shot in shots for number in range(shot.length)]

    def frames(self) -> Iterator[AnalysisFrame]:
        for number, (scene, place) in enumerate(self.places):
            yield scene.frame(place, number)

    def alpha(self, number: int) -> Floats:
        scene, place = self.places[number]
        return scene.alpha(place)

    def flow(self, number: int) -> OpticalFlow:
        scene, place = self.places[number]
        if number + 1 < len(self.places) and self.places[number + 1][0] is scene:
            return scene.flow(place)
        # Nothing moves from one shot to the next: a search finds places that do not agree.
        noise = np.random.default_rng(number)
        forward, backward = (
            gaussian_filter(noise.normal(0, 1, (scene.height, scene.width, 2)), (6, 6, 0)).astype(np.float32)
            for _ in range(2)
        )
        return OpticalFlow(forward, backward, np.full((scene.height, scene.width), 0.3, np.float32))


class _Known:
    """What providers of the truth have in common."""

    def __init__(self, footage: Footage) -> None:
        self.footage = footage
        self.calls: list[int] = []

    def warm_up(self) -> None:
        """Nothing to load."""

    def close(self) -> None:
        """Nothing to free."""


class KnownFlow(_Known):
    """The true flow with small errors."""

    identity = ProviderIdentity("known", "optical_flow", "", "")

    def flow(self, frame: AnalysisFrame, following: AnalysisFrame) -> OpticalFlow:
        self.calls.append(frame.number)
        return self.footage.flow(frame.number)


class CoarseMask(_Known):
    """The true alpha at 30 lines, with an edge that trembles and with noise, as small nets have it."""

    identity = ProviderIdentity("known", "person_mask", "", "")

    def mask(self, frame: AnalysisFrame) -> PersonMask:
        self.calls.append(frame.number)
        alpha = self.coarse(frame.number)
        return PersonMask(alpha, np.full(alpha.shape, UNKNOWN, np.uint8))

    def coarse(self, number: int) -> Floats:
        noise = np.random.default_rng(number)
        alpha = self.footage.alpha(number)
        if not alpha.any():
            return alpha
        height, width = alpha.shape
        small = zoom(gaussian_filter(alpha, height / 60), 30 / height, order=1)
        small = small + 0.3 * gaussian_filter(noise.normal(0, 1, small.shape), 1.5)
        large = zoom(small, (height / small.shape[0], width / small.shape[1]), order=1)
        return np.clip((large - 0.5) * 4 + 0.5, 0, 1).astype(np.float32)


class JumpingDepth(_Known):
    """The true depth, with a scale that jumps by a fifth from frame to frame, and a shift."""

    identity = ProviderIdentity("known", "depth_map", "", "")

    def depth(self, frame: AnalysisFrame) -> DepthMap:
        self.calls.append(frame.number)
        scene, place = self.footage.places[frame.number]
        noise = np.random.default_rng(frame.number)
        scale, shift = noise.choice([0.8, 1.0, 1.2]), noise.uniform(0, 0.1)
        depth = scene.depth(place) * scale + shift + 0.004 * noise.normal(0, 1, (scene.height, scene.width))
        return DepthMap(depth.astype(np.float32), "relative")


def iou(one: Floats, other: Floats) -> float:
    """Of what is above .5."""
    a, b = one > 0.5, other > 0.5
    return float((a & b).sum() / max((a | b).sum(), 1)) if (a | b).any() else 1.0


def flicker(masks: Sequence[Floats], flows: Sequence[OpticalFlow]) -> float:
    """The mean soft IoU of each mask with the one before, moved to it."""
    from scipy.ndimage import map_coordinates

    found = []
    for before, after, flow in zip(masks, masks[1:], flows, strict=False):
        rows, columns = np.indices(after.shape, np.float32)
        back = flow.backward * len(after)
        moved = map_coordinates(before, [rows + back[..., 1], columns + back[..., 0]], order=1, mode="nearest")
        found.append(np.minimum(moved, after).sum() / max(np.maximum(moved, after).sum(), 1e-6))
    return float(np.mean(found))
