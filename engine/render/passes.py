"""Base classes of passes: each names its WGSL file, uniforms, inputs and outputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from engine.render.spec import Image, Spec, Table
from engine.render.uniforms import Uniforms

Constant = bool | int | float

PICTURE = "texture_2d<f32>"
"""The WGSL type of a picture input."""
STORED_PICTURE = "texture_storage_2d<FORMAT, read>"
"""The WGSL type of a picture input that is read as a storage texture of its own format: several times faster on
lavapipe, see `Device.texture`."""
CODES_FORMAT = "rgba32uint"
CODES = f"texture_storage_2d<{CODES_FORMAT}, read>"
"""The WGSL type of an input of packed samples, four words a texel."""
WORDS = "array<u32>"
"""The WGSL type of an input or output of bytes."""


class Pass:
    """One step of a graph.

    A subclass names a file below `shaders/`, the files of shared functions that it calls (`common`), its inputs (name →
    WGSL type), its outputs, and the type of its uniforms.
    The bindings are generated from these, so the file only uses the names. An instance has the initial values of its
    uniforms.
    """

    shader: ClassVar[str]
    common: ClassVar[tuple[str, ...]] = ()
    inputs: ClassVar[Mapping[str, str]] = {}
    outputs: ClassVar[tuple[str, ...]]
    uniforms: ClassVar[type[Uniforms] | None] = None

    def __init__(self, values: Uniforms | None = None) -> None:
        self.values = values

    def __init_subclass__(cls) -> None:
        """Raises TypeError if a name is both an input and an output, which the graph could not distinguish."""
        if both := set(cls.inputs) & set(getattr(cls, "outputs", ())):
            raise TypeError(f"{cls.__name__} reads and makes {', '.join(sorted(both))}")

    def constants(self) -> Mapping[str, Constant]:
        """Compile-time values; each becomes a `const` in WGSL."""
        return {}

    def tables(self) -> Mapping[str, Table]:
        """Lookup tables, by their names in the file."""
        return {}

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        """The specs of the outputs for these inputs. The default is that of the first input picture."""
        first = next((spec for spec in inputs.values() if isinstance(spec, Image)), None)
        if first is None:
            raise NotImplementedError(f"{type(self).__name__} must say what it makes")
        return dict.fromkeys(self.outputs, first)


class PixelPass(Pass):
    """A pass over each output pixel: the file defines `fn pixel(at: vec2<u32>) -> vec4<f32>`.

    With several outputs, `pixel` returns a struct with a field for each output, in order.
    """


class PointPass(PixelPass):
    """A pointwise pass: `fn pixel(color: vec4<f32>, at: vec2<u32>) -> vec4<f32>`.

    `color` is the pixel of the first input; other inputs can be read at `at`. Consecutive pointwise passes are fused
    with each other and with the pass before.
    """

    inputs: ClassVar[Mapping[str, str]] = {"picture": PICTURE}


class ComputePass(Pass):
    """A compute pass: the file defines `@compute fn main`.

    For a picture output, it calls `store_<output>(at: vec2<u32>, color: vec4<f32>)`; a bytes output is an array of
    words with the output's name.
    """

    def groups(self, outputs: Mapping[str, Spec]) -> tuple[int, int, int]:
        """The number of workgroups along x, y, z."""
        raise NotImplementedError
