"""Film grain: noise in the density of a negative, in three layers, measured on the film instead of in pixels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import erf, exp, log, pi, sqrt
from typing import ClassVar

from pydantic import Field

from engine.effects.effect import Effect
from engine.effects.frame import FrameContext
from engine.effects.pass_builder import PassBuilder
from engine.render import F32, PICTURE, U32, Constant, Image, IVec2, PixelPass, PointPass, Spec, Uniforms, Vec4

MIDDLE_GREY = 0.18
# The slope of a colour negative's straight line: density per decade of exposure.
_NEGATIVE_SLOPE = 0.6
# Standard granularity is measured through a round aperture of 48 µm.
_APERTURE_AREA = pi * 24.0**2
# The width of a normal curve at half its height, in standard deviations.
_HALF_WIDTH = 2 * sqrt(2 * log(2))
# Weights beyond this many standard deviations are below 0.0022 of the centre's.
_REACH = 3.5


class GrainEffect(Effect):
    """Film grain.

    The noise is added to the density of a colour negative, so that its strength in light follows the exposure. It is a
    field on the film: at any size of the picture, a pixel has the noise of the film area that it covers. A pixel
    depends on its place in the full picture, on the frame's number and on the seed.
    """

    kind: ClassVar[str] = "grain"

    strength: float = Field(
        4.0, ge=0, le=50, description="RMS granularity of the negative: 1000 × the deviation of density through 48 µm."
    )
    size: float = Field(8.0, gt=0, le=30, description="Diameter of the grains, in µm on the film.")
    film_height: float = Field(
        14.0, ge=1, le=100, description="Height of the film area that the picture shows, in mm; 14 is Super 35 at 16:9."
    )
    color: float = Field(0.35, ge=0, le=1, description="0: the same grain in all layers; 1: independent layers.")
    shadows: float = Field(1.4, ge=0, le=4, description="Strength in black, as a factor of that at middle grey.")
    highlights: float = Field(0.6, ge=0, le=4, description="Strength in white, as a factor of that at middle grey.")
    toe: float = Field(0.004, ge=0, le=0.05, description="Light that is grained in black; middle grey is 0.18.")
    red_strength: float = Field(1.0, ge=0, le=4, description="Strength of the red layer, as a factor.")
    green_strength: float = Field(0.95, ge=0, le=4, description="Strength of the green layer, as a factor.")
    blue_strength: float = Field(1.35, ge=0, le=4, description="Strength of the blue layer, as a factor.")
    red_size: float = Field(1.0, gt=0, le=3, description="Size in the red layer, as a factor.")
    green_size: float = Field(0.9, gt=0, le=3, description="Size in the green layer, as a factor.")
    blue_size: float = Field(1.2, gt=0, le=3, description="Size in the blue layer, as a factor.")

    def build(self, passes: PassBuilder, picture: str) -> str:
        """One pass if the grains are finer than a pixel; otherwise one along the rows, and one along the columns."""
        values = self._values(passes.frame)
        radius = self._radius(passes.frame)
        if radius <= 1:
            return passes.add(FineGrainPass(values, radius == 1), "grained", picture=picture)
        given = passes.image(picture)
        rows = passes.add(GrainRowsPass(values, given.width, given.height, radius), "rows")
        return passes.add(GrainPass(values, radius), "grained", picture=picture, rows=rows)

    def deviations(self, frame: FrameContext) -> tuple[float, float, float]:
        """The standard deviation of the natural logarithm of light in a pixel of middle grey, for each layer."""
        pitch = _pitch(self.film_height, frame)
        # Noise of an area is in inverse proportion to its root (Selwyn's law).
        white = self.strength / 1000 * sqrt(_APERTURE_AREA) / pitch * log(10) / _NEGATIVE_SLOPE
        strengths = (self.red_strength, self.green_strength, self.blue_strength)
        red, green, blue = (
            white * strength * _variance_along_axis(deviation)
            for strength, deviation in zip(strengths, self._spreads(frame), strict=True)
        )
        return red, green, blue

    def _spreads(self, frame: FrameContext) -> tuple[float, ...]:
        """The standard deviation of the grains' Gaussian profile in pixels, for each layer."""
        one = self.size / _HALF_WIDTH / _pitch(self.film_height, frame)
        return tuple(one * factor for factor in (self.red_size, self.green_size, self.blue_size))

    def _radius(self, frame: FrameContext) -> int:
        return max(_radius(_filter_spread(spread)) for spread in self._spreads(frame))

    def _values(self, frame: FrameContext) -> GrainUniforms:
        centres, ratios, bends = [], [], []
        for spread in map(_filter_spread, self._spreads(frame)):
            ratio = exp(-0.5 / spread**2) if _radius(spread) else 0.0
            centres.append(1 / sqrt(_squares(spread)))
            ratios.append(ratio)
            bends.append(ratio * ratio)
        # The toe adds grained light at middle grey, too.
        amplitudes = [deviation / (1 + self.toe / MIDDLE_GREY) for deviation in self.deviations(frame)]
        # The square root of the matrix with 1 in the diagonal and the layers' correlation elsewhere.
        own = sqrt(self.color)
        mixed = (sqrt(3 - 2 * self.color) - own) / 3
        return GrainUniforms(
            centre=(*_three(centres), 0.0),
            ratio=(*_three(ratios), 0.0),
            bend=(*_three(bends), 0.0),
            amplitude=(*_three(amplitudes), self.toe),
            origin=(frame.x, frame.y),
            key=noise_key(frame),
            own=own,
            mixed=mixed,
            shadows=self.shadows,
            highlights=self.highlights,
        )


def noise_key(frame: FrameContext) -> int:
    """32 bits that depend on the frame's number and the seed: the third number that shaders hash."""
    value = (frame.seed * 0x9E3779B97F4A7C15 + frame.number * 0xD1B54A32D192ED03 + 0x632BE59BD9B4E019) % 2**64
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    value = (value ^ (value >> 27)) * 0x94D049BB133111EB % 2**64
    return (value ^ (value >> 31)) & 0xFFFFFFFF


@dataclass(frozen=True)
class GrainUniforms(Uniforms):
    """See shaders/effects/grain_rows.wgsl."""

    centre: Vec4
    ratio: Vec4
    bend: Vec4
    amplitude: Vec4
    origin: IVec2
    key: U32
    own: F32
    mixed: F32
    shadows: F32
    highlights: F32


class FineGrainPass(PointPass):
    """Grain that is independent from pixel to pixel, or from its second neighbours (`neighbours`)."""

    shader = "effects/grain_fine.wgsl"
    common = ("common/hash.wgsl", "common/exponents.wgsl", "common/density_grain.wgsl")
    outputs = ("grained",)
    uniforms = GrainUniforms

    def __init__(self, values: GrainUniforms, neighbours: bool) -> None:
        super().__init__(values)
        self._neighbours = neighbours

    def constants(self) -> Mapping[str, Constant]:
        """Whether pixels have a part of their neighbours' noise."""
        return {"NEIGHBOURS": self._neighbours}


class GrainRowsPass(PixelPass):
    """The noise of a window of width × height pixels and of `radius` lines above and below, filtered along the rows."""

    shader = "effects/grain_rows.wgsl"
    common = ("common/hash.wgsl",)
    outputs = ("rows",)
    uniforms = GrainUniforms

    def __init__(self, values: GrainUniforms, width: int, height: int, radius: int) -> None:
        super().__init__(values)
        self._made = Image(width, height + 2 * radius, "rgba32float")
        self._radius = radius

    def constants(self) -> Mapping[str, Constant]:
        """The radius of the filter."""
        return {"RADIUS": self._radius}

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        """A picture of noise in single floats, so that its error in light is below 2e-4."""
        return {"rows": self._made}


class GrainPass(PointPass):
    """Filters the noise along the columns and adds it."""

    shader = "effects/grain.wgsl"
    common = (
        "common/exponents.wgsl",
        "common/density_grain.wgsl",
    )
    inputs: ClassVar[Mapping[str, str]] = {"picture": PICTURE, "rows": PICTURE}
    outputs = ("grained",)
    uniforms = GrainUniforms

    def __init__(self, values: GrainUniforms, radius: int) -> None:
        super().__init__(values)
        self._radius = radius

    def constants(self) -> Mapping[str, Constant]:
        """The radius of the filter."""
        return {"RADIUS": self._radius}


def _pitch(film_height: float, frame: FrameContext) -> float:
    """The size of a pixel on the film in µm."""
    return film_height * 1000 / frame.height


def _variance_along_axis(spread: float) -> float:
    """The variance of white noise after a Gaussian of `spread` pixels and the average over a pixel, along one axis.

    It is the integral of a triangle of width 2 and a Gaussian of √2 × `spread`.
    """
    wide = sqrt(2) * spread
    return erf(1 / (sqrt(2) * wide)) - wide * sqrt(2 / pi) * (1 - exp(-1 / (2 * wide**2)))


@lru_cache(maxsize=64)
def _filter_spread(spread: float) -> float:
    """The Gaussian on the pixel grid that leaves the variance of `_variance_along_axis`."""
    wanted = _variance_along_axis(spread)
    low, high = 0.0, spread + 1
    for _ in range(40):
        middle = (low + high) / 2
        if _squares(middle) / (1 + 2 * sum(_weights(middle))) ** 2 > wanted:
            low = middle
        else:
            high = middle
    return high


def _radius(spread: float) -> int:
    return int(_REACH * spread)


def _weights(spread: float) -> list[float]:
    """The weights of the neighbours on one side, where the centre's is 1."""
    return [exp(-0.5 * (step / spread) ** 2) for step in range(1, _radius(spread) + 1)]


def _squares(spread: float) -> float:
    return 1 + 2 * sum(weight**2 for weight in _weights(spread))


def _three(values: list[float]) -> tuple[float, float, float]:
    red, green, blue = values
    return red, green, blue
