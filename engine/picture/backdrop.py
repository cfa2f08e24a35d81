"""The blurred, enlarged copy of a picture that fills the frame behind it, made in linear light."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from engine.picture.passes import ScalePass
from engine.picture.scaling import Axis, Placement, place, scale_axis
from engine.render import PICTURE, SCENE, Graph, Image, IVec2, PixelPass, Spec, Uniforms

# The copy is blurred at a thirty-second of the frame's size: the standard deviation is 48 pixels of the frame.
_REDUCTION, _DEVIATION = 32, 1.5
# One stop darker than the picture, which stands out against it.
_LIGHT = 0.5


@dataclass(frozen=True)
class PadUniforms(Uniforms):
    """See shaders/pad.wgsl."""

    place: IVec2
    shown: IVec2


class PadPass(PixelPass):
    """Places a picture over a background that is as large as the frame."""

    shader = "pad.wgsl"
    inputs: ClassVar[Mapping[str, str]] = {"picture": PICTURE, "background": PICTURE}
    outputs = ("framed",)
    uniforms = PadUniforms

    def __init__(self, placement: Placement) -> None:
        super().__init__(PadUniforms(place=(placement.x, placement.y), shown=(placement.width, placement.height)))

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        """A picture of the frame's size."""
        frame = inputs["background"]
        assert isinstance(frame, Image)
        return {"framed": Image(frame.width, frame.height, SCENE)}


@dataclass(frozen=True, slots=True)
class Backdrop:
    """The size in pixels of the frame whose rest a blurred copy of its picture fills."""

    width: int
    height: int

    def add(
        self, graph: Graph, scene: str, made: str, upright: tuple[int, int], shape: tuple[int, int], spot: Placement
    ) -> str:
        """Adds the passes that put the picture `made` at `spot` over a blurred copy of `scene`. Returns the frame.

        `upright` is the size of `scene` in pixels; `shape` is the picture's display size.
        """
        frame = (self.width, self.height)
        small = (max(2, -(-self.width // _REDUCTION)), max(2, -(-self.height // _REDUCTION)))
        window = place(shape, frame, "fill")
        steps: list[tuple[Axis, bool]] = []
        for side, is_down in ((1, True), (0, False)):
            start, span = (Fraction(part[side]) * upright[side] / shape[side] for part in (window.start, window.span))
            steps.append((scale_axis(upright[side], small[side], start, span), is_down))
        steps += [(blur_axis(small[0], _DEVIATION), False), (blur_axis(small[1], _DEVIATION), True)]
        steps += [(smooth_axis(small[0], frame[0], 1.0), False), (smooth_axis(small[1], frame[1], _LIGHT), True)]
        copy = scene
        for number, (axis, is_down) in enumerate(steps):
            graph.add(ScalePass(axis, is_down), picture=copy, scaled=f"backdrop {number}")
            copy = f"backdrop {number}"
        graph.add(PadPass(spot), picture=made, background=copy)
        return "framed"


def blur_axis(length: int, deviation: float) -> Axis:
    """The weights of a Gaussian blur of `deviation` samples; outside, the last sample continues."""
    reach = int(np.ceil(3 * deviation))
    offsets = np.arange(-reach, reach + 1)
    return _clamped(np.arange(length)[:, None] + offsets, np.exp(-0.5 * (offsets / deviation) ** 2), length)


def smooth_axis(source: int, target: int, light: float) -> Axis:
    """The weights that enlarge samples by the cubic B-spline, which has no edges, times `light`."""
    centres = (np.arange(target) + 0.5) * source / target - 0.5
    near = np.floor(centres)
    t = (centres - near)[:, None]
    spline = np.concatenate([(1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3], axis=1) / 6
    axis = _clamped(near[:, None].astype(np.int64) + np.arange(-1, 3), spline, source)
    return Axis(axis.first, axis.weights * np.float32(light))


def _clamped(places: NDArray[np.int64], weights: NDArray[np.float64], length: int) -> Axis:
    """The axis of weighted places, of which those outside count for the nearest sample."""
    taps = min(places.shape[1], length)
    first = np.clip(places[:, 0], 0, length - taps)
    kept = np.zeros((len(places), taps))
    shares = np.broadcast_to(weights, places.shape)
    columns = np.clip(places, 0, length - 1) - first[:, None]
    rows = np.arange(len(places))
    for tap in range(places.shape[1]):
        np.add.at(kept, (rows, columns[:, tap]), shares[:, tap])
    kept /= kept.sum(1, keepdims=True)
    return Axis(first.astype(np.uint32), kept.astype(np.float32))
