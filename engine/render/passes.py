"""Base classes of passes: each names its WGSL file, uniforms, inputs and outputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from engine.render.spec import DRAWABLE, Image, Spec, Table
from engine.render.uniforms import Uniforms
from engine.render.workgroups import Shape

Constant = bool | int | float


@dataclass(frozen=True, slots=True)
class GeneratedText:
    """WGSL that is no file below `shaders/`: functions that a pass's file calls, from the file `name` of a user.

    `origins` has the line of that file for each line of the text.
    """

    name: str
    text: str
    origins: tuple[int, ...]


PICTURE = "texture_2d<f32>"
"""The WGSL type of a picture input."""
CODES_FORMAT = "rgba32uint"
CODES = f"texture_storage_2d<{CODES_FORMAT}, read>"
"""The WGSL type of an input of packed samples, four words a texel."""
WORDS = "array<u32>"
"""The WGSL type of an input or output of bytes."""
VERTICES = "vertices"
"""The type of a draw pass's input of bytes that is its vertex buffer."""


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

    def generated(self) -> GeneratedText | None:
        """Functions of a user that the file calls. Their names are those of no file."""
        return None

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        """The specs of the outputs for these inputs. The default is that of the first input picture."""
        first = next((spec for spec in inputs.values() if isinstance(spec, Image)), None)
        if first is None:
            raise NotImplementedError(f"{type(self).__name__} must say what it makes")
        return dict.fromkeys(self.outputs, first)

    def output_specs(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        """As `derive`, in formats that the device can make: stored half floats of one or two channels are widened."""
        derived = self.derive(inputs)
        if not self._stores(derived):
            return derived
        return {name: spec.storable if isinstance(spec, Image) else spec for name, spec in derived.items()}

    def _stores(self, derived: Mapping[str, Spec]) -> bool:
        """Whether the outputs are storage textures, because a picture among them cannot be drawn."""
        return any(isinstance(spec, Image) and spec.format not in DRAWABLE for spec in derived.values())


class PixelPass(Pass):
    """A pass over each output pixel: the file defines `fn pixel(at: vec2<u32>) -> vec4<f32>`.

    With several outputs, `pixel` returns a struct with a field for each output, in order. For an output of the format
    CODES_FORMAT, it returns `vec4<u32>`.
    """


class PointPass(PixelPass):
    """A pointwise pass: `fn pixel(color: vec4<f32>, at: vec2<u32>) -> vec4<f32>`.

    `color` is the pixel of the first input; other inputs can be read at `at`. Consecutive pointwise passes are fused
    with each other and with the pass before.
    """

    inputs: ClassVar[Mapping[str, str]] = {"picture": PICTURE}


class ComputePass(Pass):
    """A compute pass: the file defines `@compute fn main`.

    For a picture output, it calls `store_<output>(at: vec2<u32>, color: vec4<f32>)`, with `vec4<u32>` for the format
    CODES_FORMAT; a bytes output is an array of words with the output's name.
    """

    def groups(self, outputs: Mapping[str, Spec]) -> tuple[int, int, int]:
        """The number of workgroups along x, y, z."""
        raise NotImplementedError

    def _stores(self, derived: Mapping[str, Spec]) -> bool:
        return True


class TilePass(ComputePass):
    """A compute pass over the pixels of its first output, with a workgroup that is chosen for the device.

    The file defines `fn tile(here: Invocation)` instead of `main`. An `Invocation` has the pixel `at`, its place
    `local` in the workgroup, the place `group` of the workgroup, all as `vec2<u32>`, its index `lane` in the workgroup,
    and whether `at` is `inside` the output. The constants TILE_X and TILE_Y are the workgroup's size. Every invocation
    must reach each barrier, so none returns before it; stores outside the output do nothing.
    """

    shape: ClassVar[Shape] = "square"

    def shared_bytes(self, tile: tuple[int, int]) -> int:
        """The bytes of `var<workgroup>` variables for a workgroup of this size."""
        return 0


class DrawPass(Pass):
    """Draws triangles from a vertex buffer into a new, transparent picture with premultiplied alpha.

    The input of the type `VERTICES` has the attributes of each vertex, or of each instance if `corners` is not 0, as
    32-bit values without padding. The file defines a struct `Varying` with `@builtin(position)` and what is
    interpolated, `fn vertex(given: Attributes, corner: u32) -> Varying` and `fn pixel(given: Varying) -> vec4<f32>`.
    `Attributes` also has the number of the `instance`. Pixels are blended in the order of the buffer. The picture has a
    format that every device blends: rgba16float, r16float, rg16float, rgba8unorm or r8unorm.

    With 4 `samples`, edges are smooth: the samples are in a transient attachment and resolved to the picture.
    """

    attributes: ClassVar[Mapping[str, str]] = {}
    corners: ClassVar[int] = 0
    blend: ClassVar[Literal["over", "add"]] = "over"
    samples: ClassVar[Literal[1, 4]] = 4
