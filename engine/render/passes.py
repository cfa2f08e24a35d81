"""What a pass is: a small class that names its WGSL file, its uniforms, and what it reads and makes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from engine.render.spec import Image, Spec, Table
from engine.render.uniforms import Uniforms

Constant = bool | int | float

PICTURE = "texture_2d<f32>"
"""How WGSL sees an input that is a picture."""
WORDS = "array<u32>"
"""How WGSL sees an input or output of plain bytes."""


class Pass:
    """One step of a graph.

    A subclass names a file below `shaders/`, the inputs it reads (name → WGSL type), the outputs it makes, and the
    type of its uniforms; the bindings are written from these, so the file only uses the names. An instance holds
    the first values of its uniforms.
    """

    shader: ClassVar[str]
    inputs: ClassVar[Mapping[str, str]] = {}
    outputs: ClassVar[tuple[str, ...]]
    uniforms: ClassVar[type[Uniforms] | None] = None

    def __init__(self, values: Uniforms | None = None) -> None:
        self.values = values

    def __init_subclass__(cls) -> None:
        """TypeError where a name is both read and made: the graph could not tell them apart."""
        if both := set(cls.inputs) & set(getattr(cls, "outputs", ())):
            raise TypeError(f"{cls.__name__} reads and makes {', '.join(sorted(both))}")

    def constants(self) -> Mapping[str, Constant]:
        """What the file is compiled for: each becomes a `const`."""
        return {}

    def tables(self) -> Mapping[str, Table]:
        """Numbers of its own to look up, by the names they have in the file."""
        return {}

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        """What comes out, given what goes in. Without a word of its own: pictures like the first one that goes in."""
        first = next((spec for spec in inputs.values() if isinstance(spec, Image)), None)
        if first is None:
            raise NotImplementedError(f"{type(self).__name__} must say what it makes")
        return dict.fromkeys(self.outputs, first)


class PixelPass(Pass):
    """Drawn over the whole output: the file has `fn pixel(at: vec2<u32>) -> vec4<f32>`.

    With several outputs `pixel` returns a struct with a field for each, in their order.
    """


class PointPass(PixelPass):
    """Touches one pixel: `fn pixel(color: vec4<f32>, at: vec2<u32>) -> vec4<f32>`.

    `color` is the pixel of its first input; others may be read at `at`. Several in a row, and the pass before them,
    run as one.
    """

    inputs: ClassVar[Mapping[str, str]] = {"picture": PICTURE}


class ComputePass(Pass):
    """Runs in workgroups: the file has `@compute fn main`.

    For each output that is a picture it calls `store_<output>(at: vec2<u32>, color: vec4<f32>)`; outputs of bytes are
    arrays of words by their own name.
    """

    def groups(self, outputs: Mapping[str, Spec]) -> tuple[int, int, int]:
        """How many workgroups there are along x, y, z."""
        raise NotImplementedError
