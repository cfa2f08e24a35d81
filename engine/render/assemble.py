"""Assembles a group of passes to one WGSL module: files, bindings and outputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from engine.render.graph import Group, Node, Schedule
from engine.render.passes import (
    CODES,
    CODES_FORMAT,
    PICTURE,
    VERTICES,
    WORDS,
    ComputePass,
    Constant,
    DrawPass,
    Pass,
    PointPass,
    TilePass,
)
from engine.render.spec import DRAWABLE, STORABLE, STORABLE_EXACTLY, Bytes, Image, Spec
from engine.render.wgsl import Module
from engine.render.wgsl_text import PICTURE_PARAMETER, mask_comments
from engine.render.workgroups import choose_tile
from engine.resources import shader

# Devices round to half floats in different ways; some truncate. This rounds to nearest, ties to even, beforehand.
# Values that a half float represents exactly are not changed.
_HALVES = ("rgba16float", "r16float", "rg16float")
_TO_HALF = """fn to_half(color: vec4<f32>) -> vec4<f32> {
    let bits = bitcast<vec4<u32>>(clamp(color, vec4<f32>(-65504.0), vec4<f32>(65504.0)));
    let odd = (bits >> vec4<u32>(13u)) & vec4<u32>(1u);
    return bitcast<vec4<f32>>((bits + vec4<u32>(0xfffu) + odd) & vec4<u32>(0xffffe000u));
}"""

_INVOCATION = """struct Invocation {
    at: vec2<u32>, local: vec2<u32>, group: vec2<u32>, lane: u32, inside: bool
};"""
_UNIFORMS = "group_uniforms"

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
    """A module and its bindings.

    `targets` are the formats of its render targets (none for a compute pass), `uniforms` the passes whose values are
    one after the other in the uniform binding, `vertices` the graph name of a draw pass's vertex buffer, and `tile` the
    size of the workgroups of passes over pixels.
    """

    module: Module
    bindings: tuple[Binding, ...]
    targets: tuple[str, ...]
    uniforms: tuple[Node, ...]
    vertices: str | None
    tile: tuple[int, int]


class _Writer:
    """Collects declarations and bindings; each graph name is bound only once."""

    def __init__(self, storage: Mapping[str, str], parameter: str) -> None:
        # Graph names of pictures that are read as storage textures, with their formats.
        self._storage = storage
        self.module = Module(storage=set(), parameter=parameter)
        self.bindings: list[Binding] = []
        self.uniforms: list[Node] = []
        self.vertices: str | None = None
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

    def read(self, name: str, wgsl: str) -> str:
        """Bind an input of the graph and return its name in the module."""
        if name not in self._bound:
            self._bound[name] = word = f"read_{len(self._bound)}"
            if form := self._storage.get(name) if wgsl == PICTURE else None:
                self.module.storage.add(word)
                self.bind(f"var {word}: {_storage_type(form)}", "codes", name, form=form)
            elif wgsl == PICTURE:
                self.bind(f"var {word}: {wgsl}", "picture", name)
            elif wgsl == VERTICES:
                self.vertices = name
            elif wgsl == CODES:
                self.bind(f"var {word}: {wgsl}", "codes", name, form=CODES_FORMAT)
            else:
                self.bind(f"var<storage, read> {word}: {wgsl}", "words", name)
        return self._bound[name]


def assemble(group: Group, schedule: Schedule, software: bool) -> Assembled:
    """Assemble the module of a group of a schedule.

    A `software` device reads pictures as storage textures, several times faster than as sampled textures, stores
    pictures, which is faster than to draw them, and has other workgroups. Raises EngineError for a shader that devices
    would run differently.
    """
    specs = schedule.specs
    writer = _Writer(*_read_as_storage(group, specs) if software else ({}, ""))
    work = group.leader.work
    for number, node in enumerate(group.nodes):
        _include(writer, node, f"_{number}" if number else "", specs, leads=number == 0)
    made = {slot: specs[group.made(slot)] for slot in group.chains}
    pictures = {slot: spec for slot, spec in made.items() if isinstance(spec, Image)}
    if any(spec.format in _HALVES for spec in pictures.values()):
        writer.module.write(_TO_HALF)
    _bind_uniforms(writer, group)
    targets: tuple[str, ...] = ()
    tile = _tile_size(work, pictures, software)
    if isinstance(work, ComputePass):
        _store(writer, group, pictures)
        if isinstance(work, TilePass):
            _invoke(writer, tile, pictures)
    elif _is_drawn(group, schedule, software):
        targets = tuple(spec.format for spec in pictures.values())
        if isinstance(work, DrawPass):
            _rasterize(writer, work, targets[0])
        else:
            _draw(writer, group, pictures)
    else:
        _store(writer, group, pictures)
        _tile(writer, group, pictures, tile)
    return Assembled(writer.module, tuple(writer.bindings), targets, tuple(writer.uniforms), writer.vertices, tile)


def _is_drawn(group: Group, schedule: Schedule, software: bool) -> bool:
    """Whether the pictures of a group that is not a compute pass are render targets, else storage textures.

    Results that nothing reads can be transient only as render targets.
    """
    made = {name: schedule.specs[name] for name in map(group.made, group.chains)}
    forms = [spec.format for spec in made.values() if isinstance(spec, Image)]
    if isinstance(group.leader.work, DrawPass):
        return True
    if software and all(form in STORABLE_EXACTLY for form in forms) and not schedule.unseen & made.keys():
        return False
    return all(form in DRAWABLE for form in forms)


def _tile_size(work: Pass, pictures: Mapping[str, Image], software: bool) -> tuple[int, int]:
    """The size of the workgroups over the first picture."""
    first = next(iter(pictures.values()), None)
    size = (first.width, first.height) if first else None
    if isinstance(work, TilePass):
        return choose_tile(work.shape, software, work.shared_bytes)
    return choose_tile("square", software, size=size)


def _read_as_storage(group: Group, specs: Mapping[str, Spec]) -> tuple[dict[str, str], str]:
    """The pictures that can be read as storage textures with their formats, and the type of parameters.

    WGSL has a type of storage textures for each format. Where functions receive pictures, all of the module have the
    same format, or all stay sampled textures.
    """
    if isinstance(group.leader.work, DrawPass):
        return {}, ""
    read: dict[str, str] = {}
    for node in group.nodes:
        for slot, wgsl in node.work.inputs.items():
            spec = specs.get(node.reads[slot])
            if wgsl == PICTURE and isinstance(spec, Image):
                read[node.reads[slot]] = spec.format
    storage = {name: form for name, form in read.items() if form in STORABLE}
    files = {name for node in group.nodes for name in (node.work.shader, *node.work.common)}
    if not any(PICTURE_PARAMETER.search(mask_comments(shader(name))) for name in files):
        return storage, ""
    forms = set(read.values())
    if len(forms) == 1 and storage:
        return storage, _storage_type(forms.pop())
    return {}, ""


def _storage_type(form: str) -> str:
    return f"texture_storage_2d<{form}, read>"


def _include(writer: _Writer, node: Node, suffix: str, specs: Mapping[str, Spec], leads: bool) -> None:
    work = node.work
    writer.share(work.common)
    renamed: dict[str, str] = {}
    for place, (slot, wgsl) in enumerate(work.inputs.items()):
        # A fused pass gets its first picture from the pass before.
        if leads or place > 0:
            renamed[slot] = writer.read(node.reads[slot], wgsl)
    for name, table in work.tables().items():
        renamed[name] = name + suffix
        space = "var" if table.format else "var<storage, read>"
        writer.bind(f"{space} {name}{suffix}: {table.wgsl}", "table", name, node, table.format)
    for name, value in work.constants().items():
        renamed[name] = name + suffix
        writer.module.write(f"const {name}{suffix} = {_literal(value)};")
    if work.uniforms:
        renamed["uniforms"] = f"{_UNIFORMS}.values{suffix}"
        fields = ", ".join(f"{name}: {wgsl}" for name, wgsl in work.uniforms.wgsl().items())
        writer.module.write(f"struct Uniforms{suffix} {{ {fields} }};")
        writer.uniforms.append(node)
    if leads and isinstance(work, ComputePass):
        for slot in work.outputs:
            made = specs[node.makes[slot]]
            if isinstance(made, Bytes):
                writer.bind(f"var<storage, read_write> {slot}: {WORDS}", "made words", node.makes[slot])
    writer.module.include(work.shader, renamed, suffix, work.constants(), work.generated())


def _bind_uniforms(writer: _Writer, group: Group) -> None:
    """Bind the uniforms of all passes as one struct, so that devices' numbers of bindings do not limit fusing."""
    numbers = {id(node): number for number, node in enumerate(group.nodes)}
    suffixes = [f"_{numbers[id(node)]}" if numbers[id(node)] else "" for node in writer.uniforms]
    if suffixes:
        fields = ", ".join(f"@align(16) values{suffix}: Uniforms{suffix}" for suffix in suffixes)
        writer.module.write(f"struct GroupUniforms {{ {fields} }};")
        writer.bind(f"var<uniform> {_UNIFORMS}: GroupUniforms", "uniforms", group.name)


def _store(writer: _Writer, group: Group, pictures: Mapping[str, Image]) -> None:
    """Write the `store_…` functions that write pixels to storage textures."""
    guarded = isinstance(group.leader.work, TilePass)
    for slot, spec in pictures.items():
        target = f"var made_{slot}: texture_storage_2d<{spec.format}, write>"
        writer.bind(target, "stored picture", group.made(slot), form=spec.format)
        store = f"textureStore(made_{slot}, at, {_finished(group, slot, 'color', spec)});"
        if guarded:
            store = f"if all(at < textureDimensions(made_{slot})) {{ {store} }}"
        texel = "vec4<u32>" if spec.format == CODES_FORMAT else "vec4<f32>"
        writer.module.write(f"fn store_{slot}(at: vec2<u32>, color: {texel}) {{\n    {store}\n}}")


def _invoke(writer: _Writer, tile: tuple[int, int], pictures: Mapping[str, Image]) -> None:
    """Write a compute entry point that calls `tile` in workgroups over the first output."""
    first = next(iter(pictures))
    writer.module.write(
        f"""{_INVOCATION}
const TILE_X = {tile[0]}u;
const TILE_Y = {tile[1]}u;
@compute @workgroup_size({tile[0]}, {tile[1]}, 1)
fn main(
    @builtin(global_invocation_id) id: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>,
    @builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32,
) {{
    tile(Invocation(id.xy, local.xy, group.xy, lane, all(id.xy < textureDimensions(made_{first}))));
}}"""
    )


def _tile(writer: _Writer, group: Group, pictures: Mapping[str, Image], tile: tuple[int, int]) -> None:
    """Write a compute entry point that calls the leader's `pixel` at each pixel.

    It reads the size from the texture: a size in the source would compile another pipeline for each size.
    """
    first = next(iter(pictures))
    stores = [f"store_{slot}(at, {color});" for slot, color in _made(pictures).items()]
    writer.module.write(
        f"""@compute @workgroup_size({tile[0]}, {tile[1]}, 1)
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


def _rasterize(writer: _Writer, work: DrawPass, form: str) -> None:
    """Write entry points that call `vertex` and `pixel` of a draw pass."""
    fields = ["@builtin(instance_index) instance: u32"]
    fields += [f"@location({place}) {name}: {wgsl}" for place, (name, wgsl) in enumerate(work.attributes.items())]
    writer.module.write(
        f"""struct Attributes {{ {", ".join(fields)} }};
@vertex
fn triangle(given: Attributes, @builtin(vertex_index) corner: u32) -> Varying {{
    return vertex(given, corner);
}}
@fragment
fn draw(given: Varying) -> @location(0) vec4<f32> {{
    return {_rounded("pixel(given)", form)};
}}"""
    )


def _called(writer: _Writer, group: Group) -> str:
    """The call of the leader's `pixel`; a pointwise pass gets the pixel of its picture."""
    if isinstance(group.leader.work, PointPass):
        first = writer.read(next(iter(group.leader.reads.values())), PICTURE)
        level = "" if first in writer.module.storage else ", 0"
        return f"pixel(textureLoad({first}, at{level}), at)"
    return "pixel(at)"


def _made(pictures: Mapping[str, Image]) -> dict[str, str]:
    """The expression of each output in the result of `pixel`."""
    return {slot: "made" if len(pictures) == 1 else f"made.{slot}" for slot in pictures}


def _finished(group: Group, slot: str, color: str, spec: Image) -> str:
    """The expression that applies the passes fused to this output to `color`, rounded for half floats."""
    numbers = {id(node): number for number, node in enumerate(group.nodes)}
    for node in group.chains[slot]:
        color = f"pixel_{numbers[id(node)]}({color}, at)"
    return _rounded(color, spec.format)


def _rounded(color: str, form: str) -> str:
    return f"to_half({color})" if form in _HALVES else color


def _literal(value: Constant) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value}u" if isinstance(value, int) else repr(float(value))
