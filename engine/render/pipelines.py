"""Compiles assembled modules to pipelines."""

from __future__ import annotations

from typing import Any

import wgpu

from engine.render.assemble import Assembled
from engine.render.passes import DrawPass

_BLENDS: dict[str, dict[str, str]] = {
    # Premultiplied alpha.
    "over": {"operation": "add", "src_factor": "one", "dst_factor": "one-minus-src-alpha"},
    "add": {"operation": "add", "src_factor": "one", "dst_factor": "one"},
}
_VERTEX_FORMATS = {
    "f32": ("float32", 4),
    "vec2<f32>": ("float32x2", 8),
    "vec3<f32>": ("float32x3", 12),
    "vec4<f32>": ("float32x4", 16),
    "u32": ("uint32", 4),
    "vec2<u32>": ("uint32x2", 8),
    "vec4<u32>": ("uint32x4", 16),
}


def compile_pipeline(gpu: wgpu.GPUDevice, name: str, assembled: Assembled, work: DrawPass | None) -> Any:
    """The pipeline of a module; `work` is its draw pass, if it is one. Raises wgpu.GPUError for invalid WGSL."""
    module = gpu.create_shader_module(label=name, code=assembled.module.source)
    visible = wgpu.ShaderStage.FRAGMENT if assembled.targets else wgpu.ShaderStage.COMPUTE
    if work:
        visible |= wgpu.ShaderStage.VERTEX
    # An explicit layout, because the driver's derived one omits bindings that a pass's constants make unreachable.
    entries = [
        {"binding": binding.slot, "visibility": visible, **_layout(binding.role, binding.format)}
        for binding in assembled.bindings
    ]
    layout = gpu.create_pipeline_layout(bind_group_layouts=[gpu.create_bind_group_layout(entries=entries)])
    if not assembled.targets:
        return gpu.create_compute_pipeline(label=name, layout=layout, compute={"module": module, "entry_point": "main"})
    blend = {"blend": {"color": _BLENDS[work.blend], "alpha": _BLENDS[work.blend]}} if work else {}
    return gpu.create_render_pipeline(
        label=name,
        layout=layout,
        vertex={
            "module": module,
            "entry_point": "triangle",
            "buffers": [_vertex_layout(work)] if work and work.attributes else [],
        },
        primitive={"topology": "triangle-list"},
        multisample={"count": work.samples if work else 1},
        fragment={
            "module": module,
            "entry_point": "draw",
            "targets": [{"format": form, **blend} for form in assembled.targets],
        },
    )


def vertex_stride(work: DrawPass) -> int:
    """The bytes of the attributes of one vertex or instance."""
    return sum(_VERTEX_FORMATS[wgsl][1] for wgsl in work.attributes.values())


def _vertex_layout(work: DrawPass) -> dict[str, Any]:
    attributes, offset = [], 0
    for place, wgsl in enumerate(work.attributes.values()):
        form, size = _VERTEX_FORMATS[wgsl]
        attributes.append({"format": form, "offset": offset, "shader_location": place})
        offset += size
    return {"array_stride": offset, "step_mode": "instance" if work.corners else "vertex", "attributes": attributes}


def _layout(role: str, form: str) -> dict[str, Any]:
    match role:
        case "picture":
            return {"texture": {"sample_type": "unfilterable-float", "view_dimension": "2d"}}
        case "codes":
            return {"storage_texture": {"access": "read-only", "format": form, "view_dimension": "2d"}}
        case "table" if form:
            return {"storage_texture": {"access": "read-only", "format": form, "view_dimension": "3d"}}
        case "stored picture":
            return {"storage_texture": {"access": "write-only", "format": form, "view_dimension": "2d"}}
        case "uniforms":
            return {"buffer": {"type": "uniform", "has_dynamic_offset": True}}
        case "made words":
            return {"buffer": {"type": "storage"}}
        case _:
            return {"buffer": {"type": "read-only-storage"}}
