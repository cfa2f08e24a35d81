"""A crop that moves: its window by frame, and the passes that scale it with positions between samples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import ClassVar

from engine.picture.scaling import Placement
from engine.render import F32, PICTURE, U32, Constant, Graph, Image, PixelPass, Plan, Spec, Uniforms

MOST_ZOOM = 8.0
"""The largest enlargement of a moving crop."""
# Positions are exact to this part of the picture.
_EXACT = 1 << 24
# The passes of the horizontal and of the vertical axis.
_NAMES = ("window across", "window down")


@dataclass(frozen=True, slots=True)
class CropWindow:
    """The middle of a crop, as shares of the picture's width and height, and its enlargement.

    With `zoom` 1, the crop is the largest that has the shape of the frame. It is moved into the picture if it would
    reach beyond it.
    """

    x: float
    y: float
    zoom: float = 1.0

    def place(self, picture: tuple[int, int], output: tuple[int, int]) -> Placement:
        """The placement in a frame of (width, height) of a picture of that size, as `place` with “fill”."""
        (pw, ph), (ow, oh) = picture, output
        zoom = Fraction(min(max(self.zoom, 1.0), MOST_ZOOM)).limit_denominator(_EXACT)
        scale = max(Fraction(ow, pw), Fraction(oh, ph)) * zoom
        spans = (ow / scale, oh / scale)
        starts = (
            min(max(_exact(middle * size) - span / 2, Fraction(0)), size - span)
            for middle, size, span in zip((self.x, self.y), picture, spans, strict=True)
        )
        left, top = starts
        return Placement((left, top), spans, 0, 0, ow, oh)


def crop_shares(picture: tuple[int, int], output: tuple[int, int], zoom: float = 1.0) -> tuple[float, float]:
    """The width and height of a crop as shares of the picture's."""
    across, down = CropWindow(0.5, 0.5, zoom).place(picture, output).span
    return float(across / picture[0]), float(down / picture[1])


@dataclass(frozen=True)
class WindowUniforms(Uniforms):
    """See shaders/window.wgsl."""

    start: F32
    ratio: F32
    length: U32


class WindowPass(PixelPass):
    """Scales a window of a picture along one axis, as `ScalePass`, by uniforms that may change with each frame.

    `source` and `target` are the lengths in samples, `span` the longest window. Weights are those of `scale_axis`.
    """

    shader = "window.wgsl"
    inputs: ClassVar[Mapping[str, str]] = {"picture": PICTURE}
    outputs = ("scaled",)
    uniforms = WindowUniforms

    def __init__(self, source: int, target: int, span: Fraction, down: bool) -> None:
        super().__init__(WindowUniforms(0.0, 1.0, source))
        self._target, self._down = target, down
        self._taps = min(2 * ceil(max(Fraction(1), span / target)) + 1, source)
        self.source = source

    def constants(self) -> Mapping[str, Constant]:
        """The number of samples per output, and the direction."""
        return {"TAPS": self._taps, "DOWN": self._down}

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        """The picture with the axis's new length."""
        given = inputs["picture"]
        assert isinstance(given, Image)
        size = (given.width, self._target) if self._down else (self._target, given.height)
        return {"scaled": Image(*size, given.format)}

    def window(self, start: Fraction, span: Fraction) -> WindowUniforms:
        """The uniforms of a window from `start`, `span` samples long."""
        return WindowUniforms(float(start), float(span / self._target), self.source)


class MovingWindow:
    """The window of an input graph: its passes, and their uniforms by frame.

    `upright` is the upright size of the decoded picture, `shape` its display size, `largest` the placement of the
    largest window. `halve`: the input pass halves the picture first.
    """

    def __init__(self, upright: tuple[int, int], shape: tuple[int, int], largest: Placement) -> None:
        self._shares = tuple(Fraction(size, shown) for size, shown in zip(upright, shape, strict=True))
        spans = [span * share for span, share in zip(largest.span, self._shares, strict=True)]
        targets = (largest.width, largest.height)
        # An enlargement needs the samples: it is not known here how far it will go.
        self.halve = all(span >= 2 * MOST_ZOOM * target for span, target in zip(spans, targets, strict=True))
        self._step = 2 if self.halve else 1
        self._passes = tuple(
            WindowPass(-(-size // self._step), target, span / self._step, bool(axis))
            for axis, (size, target, span) in enumerate(zip(upright, targets, spans, strict=True))
        )
        shares = [span / size for span, size in zip(largest.span, shape, strict=True)]
        self._order = (0, 1) if shares[0] < shares[1] else (1, 0)
        self._shown: Placement | None = None

    def add(self, graph: Graph, picture: str) -> str:
        """Adds the passes. Returns the name of the windowed picture."""
        # The axis along which more of the picture is cut away comes first: the other one then has less to do.
        for axis in self._order:
            graph.add(self._passes[axis], _NAMES[axis], picture=picture, scaled=f"{picture}, windowed")
            picture = f"{picture}, windowed"
        return picture

    def move(self, plan: Plan, placement: Placement) -> bool:
        """Sets the window of the next runs. Returns whether it changes."""
        if placement == self._shown:
            return False
        self._shown = placement
        for axis, name in enumerate(_NAMES):
            start, span = (part[axis] * self._shares[axis] / self._step for part in (placement.start, placement.span))
            plan.set_values(name, self._passes[axis].window(start, span))
        return True


def _exact(value: float) -> Fraction:
    return Fraction(round(value * _EXACT), _EXACT)
