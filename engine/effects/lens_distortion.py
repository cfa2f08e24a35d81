"""Lens distortion: the bending of straight lines by a lens, and its exact inverse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, hypot
from typing import ClassVar

from pydantic import Field, model_validator

from engine.effects.effect import Effect
from engine.effects.frame import FrameContext
from engine.effects.pass_builder import PassBuilder
from engine.render import F32, PICTURE, Constant, IVec2, PixelPass, Uniforms, Vec2

_STEPS = 128


class LensDistortionEffect(Effect):
    """Radial distortion r × (1 + k1 r² + k2 r⁴), where r is 1 in the corners.

    A positive k1 makes a barrel, a negative one a cushion. Resampled by a cubic in linear light, limited to the
    neighbouring pixels. Parts that the lens did not see are transparent. Raises ValidationError for a distortion that
    folds the picture.
    """

    kind: ClassVar[str] = "lens_distortion"
    moves: ClassVar[bool] = True

    k1: float = Field(0.05, ge=-0.5, le=0.5, description="Coefficient of r²; r is 1 in the corners.")
    k2: float = Field(0.0, ge=-0.5, le=0.5, description="Coefficient of r⁴.")
    fill: bool = Field(True, description="Enlarge the picture until no border is empty.")
    invert: bool = Field(False, description="Undo the distortion of the same numbers.")

    @model_validator(mode="after")
    def _refuse_folds(self) -> LensDistortionEffect:
        if _largest_radius(self.k1, self.k2, 1.0 if not self.invert else None) is None:
            raise ValueError("k1 and k2 fold the picture before its corners; use smaller numbers")
        return self

    def build(self, passes: PassBuilder, picture: str) -> str:
        """One pass that resamples."""
        frame = passes.frame
        values = LensDistortionUniforms(
            origin=(frame.x, frame.y),
            size=(frame.width, frame.height),
            k=(self.k1, self.k2),
            unit=hypot(frame.width, frame.height) / 2,
            zoom=self._zoom(frame),
        )
        return passes.add(LensDistortionPass(values, self.invert), "distorted", picture=picture)

    def reach(self, frame: FrameContext) -> int:
        """The largest distance by which a pixel moves, and two pixels for the cubic."""
        zoom = self._zoom(frame)
        radii = [step / _STEPS for step in range(_STEPS + 1)]
        if self.invert:
            sources: Iterable[float] = (_undistorted(r, self.k1, self.k2) / zoom for r in radii)
        else:
            sources = (_distorted(r * zoom, self.k1, self.k2) for r in radii)
        furthest = max(abs(source - r) for source, r in zip(sources, radii, strict=True))
        return ceil(furthest * hypot(frame.width, frame.height) / 2) + 2

    def _zoom(self, frame: FrameContext) -> float:
        return _filling_zoom(self.k1, self.k2, frame.width, frame.height) if self.fill else 1.0


@dataclass(frozen=True)
class LensDistortionUniforms(Uniforms):
    """See shaders/effects/lens_distortion.wgsl."""

    origin: IVec2
    size: IVec2
    k: Vec2
    unit: F32
    zoom: F32


class LensDistortionPass(PixelPass):
    """Resamples the picture at distorted places, or at those that the distortion moves here (`invert`)."""

    shader = "effects/lens_distortion.wgsl"
    common = ("common/resample.wgsl",)
    inputs: ClassVar[Mapping[str, str]] = {"picture": PICTURE}
    outputs = ("distorted",)
    uniforms = LensDistortionUniforms

    def __init__(self, values: LensDistortionUniforms, invert: bool) -> None:
        super().__init__(values)
        self._invert = invert

    def constants(self) -> Mapping[str, Constant]:
        """The direction."""
        return {"INVERT": self._invert}


def _distorted(r: float, k1: float, k2: float) -> float:
    return r * (1 + k1 * r * r + k2 * r**4)


def _undistorted(distorted: float, k1: float, k2: float) -> float:
    low, high = 0.0, _largest_radius(k1, k2, None) or 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if _distorted(middle, k1, k2) < distorted else (low, middle)
    return high


@lru_cache(maxsize=256)
def _largest_radius(k1: float, k2: float, radius: float | None) -> float | None:
    """The radius up to which the distortion is needed: `radius`, or what it moves to 1. None if it folds before."""
    for step in range(4 * _STEPS):
        r = step / _STEPS
        if 1 + 3 * k1 * r * r + 5 * k2 * r**4 <= 0.05:
            return None
        if r >= radius if radius is not None else _distorted(r, k1, k2) >= 1:
            return r
    return None


@lru_cache(maxsize=256)
def _filling_zoom(k1: float, k2: float, width: int, height: int) -> float:
    """The largest zoom, at most 1, with which every pixel of the border has a source."""
    nearest = min(width, height) / hypot(width, height)
    border = [nearest + (1 - nearest) * step / _STEPS for step in range(_STEPS + 1)]
    low, high = 0.25, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if all(_distorted(middle * r, k1, k2) <= r for r in border) else (low, middle)
    return 1.0 if low > 1 - 1e-9 else low
