"""The GPU passes of the variational refinement of optical flow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from engine.perception.flow.passes import MARGIN, Size, SizeUniforms, motion_image
from engine.render import CODES, CODES_FORMAT, PICTURE, Constant, Graph, Image, PixelPass, Spec

# The weights of the constancy of brightness and of its gradient, and of smoothness.
_INTENSITY, _GRADIENT, _SMOOTH = 0.3, 0.6, 5.0
# The square of the slope of noise, in codes per pixel, and the contrast across which flows differ.
_NOISE, _EDGE = 4.0, 12.0

_EQUATIONS = ("matrix", "sides", "rest", "around", "below")


class LinearizePass(PixelPass):
    """Makes the equations of a step; see shaders/perception/flow_linearize.wgsl."""

    shader = "perception/flow_linearize.wgsl"
    common = ("common/flow.wgsl",)
    inputs: ClassVar[Mapping[str, str]] = {"here": CODES, "there": CODES, "flow_x": PICTURE, "flow_y": PICTURE}
    outputs = _EQUATIONS
    uniforms = SizeUniforms

    def __init__(self, size: Size) -> None:
        super().__init__(SizeUniforms(size))
        self._size = size

    def constants(self) -> Mapping[str, Constant]:
        """The weights of the terms."""
        return {
            "MARGIN": MARGIN,
            "INTENSITY": _INTENSITY,
            "GRADIENT": _GRADIENT,
            "SMOOTH": _SMOOTH,
            "NOISE": _NOISE,
            "EDGE": _EDGE,
        }

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        """Two values of four pixels a texel."""
        return dict.fromkeys(self.outputs, change_image(self._size))


class RelaxPass(PixelPass):
    """Makes one iteration; see shaders/perception/flow_relax.wgsl."""

    shader = "perception/flow_relax.wgsl"
    inputs: ClassVar[Mapping[str, str]] = dict.fromkeys((*_EQUATIONS, "before"), CODES)
    outputs = ("change",)


class ApplyPass(PixelPass):
    """Adds the change to a flow; see shaders/perception/flow_apply.wgsl."""

    shader = "perception/flow_apply.wgsl"
    inputs: ClassVar[Mapping[str, str]] = {"flow_x": PICTURE, "flow_y": PICTURE, "change": CODES}
    outputs = ("refined_x", "refined_y")


def change_image(size: Size) -> Image:
    """Two half floats for each pixel of `size` (width, height), four pixels of a row a texel."""
    motion = motion_image(size)
    return Image(motion.width, motion.height, CODES_FORMAT)


def add_refinement(
    graph: Graph, size: Size, flow: str, frames: Mapping[str, str], still: str, refined: str, iterations: int
) -> None:
    """Add one refinement of the flow `flow` to the flow `refined`. `frames` are the wires of both frames.

    `still` is a source without change.
    """
    motion = {f"flow_{axis}": f"{flow} {axis}" for axis in ("x", "y")}
    equations = {name: f"{refined} {name}" for name in _EQUATIONS}
    graph.add(LinearizePass(size), f"linearize {refined}", **frames, **motion, **equations)
    before = still
    for number in range(1, iterations + 1):
        change = f"{refined} change {number}"
        graph.add(RelaxPass(), f"relax {refined} {number}", before=before, change=change, **equations)
        before = change
    made = {f"refined_{axis}": f"{refined} {axis}" for axis in ("x", "y")}
    graph.add(ApplyPass(), f"apply {refined}", change=before, **motion, **made)
