"""The GPU passes of optical flow: pyramid, search, densification and check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from engine.perception.flow.quality import PATCH
from engine.render import CODES, CODES_FORMAT, PICTURE, U32, Constant, Image, IVec2, PixelPass, Spec, TilePass, Uniforms

MARGIN = 16
"""Pixels around a level that repeat its border."""

STRIDE = 4
"""Pixels from a patch to the next one: those of a texel of a flow, so that four neighbours have the same patches."""

_CANDIDATES = 5
# The sum of the squared slopes of a patch that has only the noise of a camera, 1.2 codes.
_DAMPING = 50.0
_LEAST, _HAT = 1.0, 2.0
# The weight of neighbours, the squared error of a patch that fits, and the contrast across which motions differ.
_SMOOTH, _NOISE, _EDGE = 10.0, 4.0, 20.0
# Pixels of error up to which a motion is valid, from which it is not, and what is added per pixel of motion.
_TIGHT, _LOOSE, _RELATIVE = 0.75, 1.5, 0.02

Size = tuple[int, int]


def packed_image(size: Size) -> Image:
    """A level of `size` (width, height) with its margin: texel x of a row has the 16 pixels from 4x on."""
    width, height = size
    return Image((width + 2 * MARGIN + 3) // 4, height + 2 * MARGIN, CODES_FORMAT)


def motion_image(size: Size) -> Image:
    """One component of a flow of `size` (width, height), four pixels of a row a texel."""
    width, height = size
    return Image(-(-width // 4), height, "rgba32float")


class HalvePass(PixelPass):
    """Makes the next level of `size` (width, height); see shaders/perception/flow_halve.wgsl."""

    shader = "perception/flow_halve.wgsl"
    inputs: ClassVar[Mapping[str, str]] = {"level": CODES}
    outputs = ("halved",)

    def __init__(self, size: Size) -> None:
        super().__init__()
        self._size = size

    def constants(self) -> Mapping[str, Constant]:
        """The margin."""
        return {"MARGIN": MARGIN}

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        """The level with its margin."""
        return {"halved": packed_image(self._size)}


@dataclass(frozen=True)
class SearchUniforms(Uniforms):
    """See shaders/perception/flow_search.wgsl."""

    size: IVec2
    coarse: IVec2
    steps: U32


class SearchPass(PixelPass):
    """Finds the motion of patches of a level; see shaders/perception/flow_search.wgsl."""

    shader = "perception/flow_search.wgsl"
    common = ("common/flow.wgsl",)
    inputs: ClassVar[Mapping[str, str]] = {"here": CODES, "there": CODES, "coarse_x": PICTURE, "coarse_y": PICTURE}
    outputs = ("patches", "slopes")
    uniforms = SearchUniforms

    def __init__(self, size: Size, coarse: Size, steps: int) -> None:
        super().__init__(SearchUniforms(size, coarse, steps))
        self._size = size

    def constants(self) -> Mapping[str, Constant]:
        """The motions from which a patch may begin, and what keeps one without detail in its place."""
        return {"MARGIN": MARGIN, "CANDIDATES": _CANDIDATES, "DAMPING": _DAMPING}

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        """A pixel for each patch."""
        across, down = (-(-(length - PATCH) // STRIDE) + 1 for length in self._size)
        return dict.fromkeys(self.outputs, Image(across, down, "rgba32float"))


class AgreePass(PixelPass):
    """Makes neighbouring patches agree; see shaders/perception/flow_agree.wgsl."""

    shader = "perception/flow_agree.wgsl"
    inputs: ClassVar[Mapping[str, str]] = {"patches": PICTURE, "slopes": PICTURE, "before": PICTURE}
    outputs = ("agreed",)

    def constants(self) -> Mapping[str, Constant]:
        """The weight of smoothness, the square of the noise, and the contrast across which motions differ."""
        return {"SMOOTH": _SMOOTH, "NOISE": _NOISE, "EDGE": _EDGE}


@dataclass(frozen=True)
class SizeUniforms(Uniforms):
    """The size of a level in pixels."""

    size: IVec2


class DensifyPass(PixelPass):
    """Spreads the motion of patches to pixels; see shaders/perception/flow_densify.wgsl."""

    shader = "perception/flow_densify.wgsl"
    common = ("common/flow.wgsl",)
    inputs: ClassVar[Mapping[str, str]] = {"patches": PICTURE, "here": CODES, "there": CODES}
    outputs = ("flow_x", "flow_y")
    uniforms = SizeUniforms

    def __init__(self, size: Size, *, half: bool) -> None:
        super().__init__(SizeUniforms(size))
        self._size, self._half = size, half

    def constants(self) -> Mapping[str, Constant]:
        """The level of the patches, and how they are weighted."""
        return {"MARGIN": MARGIN, "HALF": self._half, "LEAST": _LEAST, "NOISE": _NOISE, "HAT": _HAT}

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        """A motion for each pixel of the level."""
        return dict.fromkeys(self.outputs, motion_image(self._size))


class CheckPass(TilePass):
    """Compares both directions; see shaders/perception/flow_check.wgsl."""

    shader = "perception/flow_check.wgsl"
    common = ("common/flow.wgsl",)
    inputs: ClassVar[Mapping[str, str]] = dict.fromkeys(("onward_x", "onward_y", "back_x", "back_y"), PICTURE)
    outputs = ("validity", "forward", "backward")
    uniforms = SizeUniforms

    def __init__(self, size: Size) -> None:
        super().__init__(SizeUniforms(size))
        self._size = size

    def constants(self) -> Mapping[str, Constant]:
        """The bounds of the error in pixels."""
        return {"TIGHT": _TIGHT, "LOOSE": _LOOSE, "RELATIVE": _RELATIVE}

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        """Four pixels of validity a texel, and two of each flow."""
        validity = motion_image(self._size)
        flow = Image(2 * validity.width, validity.height, "rgba32float")
        return {"validity": validity, "forward": flow, "backward": flow}
