"""Assembles a group of passes to one WGSL module: files, bindings and outputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from engine.render.graph import Group, Node
from engine.render.passes import CODES, CODES_FORMAT, PICTURE, STORED_PICTURE, WORDS, ComputePass, Constant, PointPass
from engine.render.spec import Bytes, Image, Spec
from engine.render.wgsl import Module

# Formats that every WebGPU device can render to; other pictures are written as storage textures.
_DRAWABLE = ("rgba8unorm", "r8unorm", "rgba16float", "r16float", "rgba32float", "r32float")
# Workgroup edge length for pixel passes whose output is a storage texture.
TILE = 8

# Devices round to half floats in different ways; some truncate. This rounds to nearest, ties to even, beforehand.
# Values that a half float represents exactly are not changed.
_TO_HALF = """fn to_half(color: vec4<f32>) -> vec4<f32> {
    let bits = bitcast<vec4<u32>>(clamp(color, vec4<f32>(-65504.0), vec4<f32>(65504.0)));
    let odd = (bits >> vec4<u32>(13u)) & vec4<u32>(1u);
    return bitcast<vec4<f32>>((bits + vec4<u32>(0xfffu) + odd) & vec4<u32>(0xffffe000u));
}"""

Role = Literal["picture", "codes", "words", "stored picture", "made words", "uniforms", "table"]


@dataclass(frozen=True, slots=True)
class Binding:
    """One slot of the module's bind group: its role, and the name or node of its resource."""

    slot: int
    role: Role
    name: str
    node: Node | None = None
    format: str = ""


@dataclass(frozen=True, slots=True)
class Assembled:
    """A module, its bindings, and the formats of its render targets (empty for a compute pass)."""

    module: Module
    bindings: tuple[Binding, ...]
    targets: tuple[str, ...]


class _Writer:
    """Collects declarations and bindings; each graph name is bound only once."""

    def __init__(self) -> None:
        self.module = Module()
        self.bindings: list[Binding] = []
        self._bound: dict[str, str] = {}
        self._shared: set[str] = set()

    def share(self, names: Iterable[str]) -> None:
        """Include files of shared functions, each once in a module. Their names get no suffix."""
        for name in names:
            if name not in self._shared:
                self._shared.add(name)
                self.module.include(name, {}, "", {})

    def bind(self, declaration: str, role: Role, name: str, node: Node | None = None, form: str = "") -> None:
        slot = len(self.bindings)
        self.bindings.append(Binding(slot, role, name, node, form))
        self.module.write(f"@group(0) @binding({slot}) {declaration};")

    def read(self, name: str, wgsl: str, spec: Spec | None = None) -> str:
        """Bind an input of the graph and return its name in the module."""
        if name not in self._bound:
            self._bound[name] = word = f"read_{len(self._bound)}"
            if wgsl == PICTURE:
                self.bind(f"var {word}: {wgsl}", "picture", name)
            elif wgsl == STORED_PICTURE:
                assert isinstance(spec, Image)
                self.bind(f"var {word}: {wgsl.replace('FORMAT', spec.format)}", "codes", name, form=spec.format)
            elif wgsl == CODES:
                self.bind(f"var {word}: {wgsl}", "codes", name, form=CODES_FORMAT)
            else:
                self.bind(f"var<storage, read> {word}: {wgsl}", "words", name)
        return self._bound[name]


def assemble(group: Group, specs: Mapping[str, Spec]) -> Assembled:
    """Assemble the module of a group; `specs` describes the data of each graph name."""
    writer = _Writer()
    for number, node in enumerate(group.nodes):
        _include(writer, node, f"_{number}" if number else "", specs, leads=number == 0)
    made = {slot: specs[group.made(slot)] for slot in group.chains}
    pictures = {slot: spec for slot, spec in made.items() if isinstance(spec, Image)}
    if any(spec.format == "rgba16float" for spec in pictures.values()):
        writer.module.write(_TO_HALF)
    targets: tuple[str, ...] = ()
    if isinstance(group.leader.work, ComputePass):
        _store(writer, group, pictures)
    elif all(spec.format in _DRAWABLE for spec in pictures.values()):
        _draw(writer, group, pictures)
        targets = tuple(spec.format for spec in pictures.values())
    else:
        _store(writer, group, pictures)
        _tile(writer, group, pictures)
    return Assembled(writer.module, tuple(writer.bindings), targets)


def _include(writer: _Writer, node: Node, suffix: str, specs: Mapping[str, Spec], leads: bool) -> None:
    work = node.work
    writer.share(work.common)
    renamed: dict[str, str] = {}
    for place, (slot, wgsl) in enumerate(work.inputs.items()):
        # A fused pass gets its first picture from the pass before.
        if leads or place > 0:
            renamed[slot] = writer.read(node.reads[slot], wgsl, specs[node.reads[slot]])
    for name, table in work.tables().items():
        renamed[name] = name + suffix
        space = "var" if table.format else "var<storage, read>"
        writer.bind(f"{space} {name}{suffix}: {table.wgsl}", "table", name, node, table.format)
    for name, value in work.constants().items():
        renamed[name] = name + suffix
        writer.module.write(f"const {name}{suffix} = {_literal(value)};")
    if work.uniforms:
        renamed["uniforms"] = f"uniforms{suffix}"
        fields = ", ".join(f"{name}: {wgsl}" for name, wgsl in work.uniforms.wgsl().items())
        writer.module.write(f"struct Uniforms{suffix} {{ {fields} }};")
        writer.bind(f"var<uniform> uniforms{suffix}: Uniforms{suffix}", "uniforms", node.name, node)
    if leads and isinstance(work, ComputePass):
        for slot in work.outputs:
            made = specs[node.makes[slot]]
            if isinstance(made, Bytes):
                writer.bind(f"var<storage, read_write> {slot}: {WORDS}", "made words", node.makes[slot])
    writer.module.include(work.shader, renamed, suffix, work.constants())


def _store(writer: _Writer, group: Group, pictures: Mapping[str, Image]) -> None:
    """Write the `store_…` functions that write pixels to storage textures."""
    for slot, spec in pictures.items():
        target = f"var made_{slot}: texture_storage_2d<{spec.format}, write>"
        writer.bind(target, "stored picture", group.made(slot), form=spec.format)
        writer.module.write(
            f"""fn store_{slot}(at: vec2<u32>, color: vec4<f32>) {{
    textureStore(made_{slot}, at, {_finished(group, slot, "color", spec)});
}}"""
        )


def _tile(writer: _Writer, group: Group, pictures: Mapping[str, Image]) -> None:
    """Write a compute entry point that calls the leader's `pixel` at each pixel.

    It reads the size from the texture: a size in the source would compile another pipeline for each size.
    """
    first = next(iter(pictures))
    stores = [f"store_{slot}(at, {color});" for slot, color in _made(pictures).items()]
    writer.module.write(
        f"""@compute @workgroup_size({TILE}, {TILE}, 1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {{
    let at = id.xy;
    if all(at < textureDimensions(made_{first})) {{
        let made = {_called(writer, group)};
        {" ".join(stores)}
    }}
}}"""
    )


def _draw(writer: _Writer, group: Group, pictures: Mapping[str, Image]) -> None:
    """Write a triangle over the whole target, and a fragment shader that calls `pixel` of every pass."""
    fields = [f"@location({number}) target_{number}: vec4<f32>" for number in range(len(pictures))]
    colors = [_finished(group, slot, color, pictures[slot]) for slot, color in _made(pictures).items()]
    writer.module.write(
        f"""@vertex
fn triangle(@builtin(vertex_index) corner: u32) -> @builtin(position) vec4<f32> {{
    return vec4<f32>(f32(corner & 1u) * 4.0 - 1.0, f32(corner >> 1u) * 4.0 - 1.0, 0.0, 1.0);
}}
struct Targets {{ {", ".join(fields)} }};
@fragment
fn draw(@builtin(position) position: vec4<f32>) -> Targets {{
    let at = vec2<u32>(position.xy);
    let made = {_called(writer, group)};
    return Targets({", ".join(colors)});
}}"""
    )


def _called(writer: _Writer, group: Group) -> str:
    """The call of the leader's `pixel`; a pointwise pass gets the pixel of its picture."""
    if isinstance(group.leader.work, PointPass):
        first = writer.read(next(iter(group.leader.reads.values())), PICTURE)
        return f"pixel(textureLoad({first}, at, 0), at)"
    return "pixel(at)"


def _made(pictures: Mapping[str, Image]) -> dict[str, str]:
    """The expression of each output in the result of `pixel`."""
    return {slot: "made" if len(pictures) == 1 else f"made.{slot}" for slot in pictures}


def _finished(group: Group, slot: str, color: str, spec: Image) -> str:
    """The expression that applies the passes fused to this output to `color`, rounded for half floats."""
    numbers = {id(node): number for number, node in enumerate(group.nodes)}
    for node in group.chains[slot]:
        color = f"pixel_{numbers[id(node)]}({color}, at)"
    return f"to_half({color})" if spec.format == "rgba16float" else color


def _literal(value: Constant) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value}u" if isinstance(value, int) else repr(float(value))
