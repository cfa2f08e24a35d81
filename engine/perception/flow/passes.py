"""The GPU passes of optical flow: pyramid, search, densification and check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from engine.perception.flow.quality import PATCH
from engine.render import F32, PICTURE, Constant, Image, PixelPass, Spec, Uniforms, Vec2

MARGIN = 8
"""Pixels around a level that repeat its border."""

PACKED = "rgba32float"
"""The format of levels."""

_DAMPING = 50.0
_LEAST = 1.0
_TIGHT, _LOOSE, _RELATIVE = 0.75, 1.5, 0.02


def packed_image(size: tuple[int, int]) -> Image:
    """A level of `size` (width, height) with its margin."""
    return Image(size[0] + 2 * MARGIN, size[1] + 2 * MARGIN, PACKED)


class PackPass(PixelPass):
    """Makes the first level; see shaders/perception/flow_pack.wgsl."""

    shader = "perception/flow_pack.wgsl"
    inputs: ClassVar[Mapping[str, str]] = {"luma": PICTURE}
    outputs = ("packed",)

    def constants(self) -> Mapping[str, Constant]:
        """The margin."""
        return {"MARGIN": MARGIN}

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        """The level with its margin."""
        luma = inputs["luma"]
        assert isinstance(luma, Image)
        return {"packed": packed_image((luma.width, luma.height))}


class HalvePass(PixelPass):
    """Makes the next level of `size` (width, height); see shaders/perception/flow_halve.wgsl."""

    shader = "perception/flow_halve.wgsl"
    inputs: ClassVar[Mapping[str, str]] = {"packed": PICTURE}
    outputs = ("halved",)

    def __init__(self, size: tuple[int, int]) -> None:
        super().__init__()
        self._size = size

    def constants(self) -> Mapping[str, Constant]:
        """The margin."""
        return {"MARGIN": MARGIN}

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        """The level with its margin."""
        return {"halved": packed_image(self._size)}


class SearchPass(PixelPass):
    """Finds the motion of patches of a level; see shaders/perception/flow_search.wgsl."""

    shader = "perception/flow_search.wgsl"
    inputs: ClassVar[Mapping[str, str]] = {"here": PICTURE, "there": PICTURE, "coarse": PICTURE}
    outputs = ("patches",)

    def __init__(self, size: tuple[int, int], stride: int, steps: int, *, first: bool) -> None:
        super().__init__()
        self._size, self._stride, self._steps, self._first = size, stride, steps, first

    def constants(self) -> Mapping[str, Constant]:
        """The grid and the iterations."""
        return {
            "MARGIN": MARGIN,
            "STRIDE": self._stride,
            "STEPS": self._steps,
            "FIRST": self._first,
            "DAMPING": _DAMPING,
        }

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        """A pixel for each patch."""
        across, down = (-(-(length - PATCH) // self._stride) + 1 for length in self._size)
        return {"patches": Image(across, down, "rgba32float")}


class DensifyPass(PixelPass):
    """Spreads the motion of patches to pixels; see shaders/perception/flow_densify.wgsl."""

    shader = "perception/flow_densify.wgsl"
    inputs: ClassVar[Mapping[str, str]] = {"patches": PICTURE, "here": PICTURE, "there": PICTURE}
    outputs = ("flow",)

    def __init__(self, size: tuple[int, int], stride: int) -> None:
        super().__init__()
        self._size, self._stride = size, stride

    def constants(self) -> Mapping[str, Constant]:
        """The grid, and the difference in codes below which patches count the same."""
        return {"MARGIN": MARGIN, "STRIDE": self._stride, "LEAST": _LEAST}

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        """A motion for each pixel of the level."""
        return {"flow": Image(*self._size, "rg32float")}


@dataclass(frozen=True)
class CheckUniforms(Uniforms):
    """See shaders/perception/flow_check.wgsl."""

    size: Vec2
    lengthen: F32


class CheckPass(PixelPass):
    """Compares both directions at the size of the frame; see shaders/perception/flow_check.wgsl."""

    shader = "perception/flow_check.wgsl"
    inputs: ClassVar[Mapping[str, str]] = {"onward": PICTURE, "back": PICTURE}
    outputs = ("forward", "backward", "validity")
    uniforms = CheckUniforms

    def __init__(self, size: tuple[int, int], finest: int) -> None:
        width, height = size
        super().__init__(CheckUniforms((float(width), float(height)), float(1 << finest)))
        self._size = size

    def constants(self) -> Mapping[str, Constant]:
        """The bounds of the error in pixels."""
        return {"TIGHT": _TIGHT, "LOOSE": _LOOSE, "RELATIVE": _RELATIVE}

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        """Pictures of the size of the frame."""
        flow = Image(*self._size, "rg32float")
        return {"forward": flow, "backward": flow, "validity": Image(*self._size, "r32float")}
