"""A compute pass: a small class that names its WGSL file, its uniforms and, through the file, its buffers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import wgpu

from engine.errors import EngineError
from engine.resources import shader

_BINDING = re.compile(r"@group\(0\)\s*@binding\((\d+)\)\s*var<([^>]*)>\s+(\w+)")
_KINDS = {"uniform": "uniform", "storage, read": "read-only-storage", "storage, read_write": "storage"}

Constant = bool | int | float


class ComputePass:
    """One WGSL entry point `main`, compiled once for its constants.

    A subclass names the file under `shaders/` and the numpy layout of its uniform block, if it has one
    (bound as `uniforms` in WGSL; fields must follow WGSL's alignment rules, so use vec4s and 4-byte scalars).
    Buffers are bound by the names the file gives them.
    """

    shader: ClassVar[str]
    uniforms: ClassVar[np.dtype[Any] | None] = None

    def __init__(self, gpu: wgpu.GPUDevice, constants: Mapping[str, Constant] | None = None) -> None:
        self._gpu = gpu
        source = shader(self.shader)
        bindings = _BINDING.findall(source)
        self._slots = {name: int(slot) for slot, _, name in bindings}
        # Spelled out rather than derived by the driver, which leaves out what this pass's constants never reach.
        self._layout = gpu.create_bind_group_layout(
            entries=[
                {"binding": int(slot), "visibility": wgpu.ShaderStage.COMPUTE, "buffer": {"type": _KINDS[space]}}
                for slot, space, _ in bindings
            ]
        )
        try:
            module = gpu.create_shader_module(label=self.shader, code=source)
            self._pipeline = gpu.create_compute_pipeline(
                label=self.shader,
                layout=gpu.create_pipeline_layout(bind_group_layouts=[self._layout]),
                compute={
                    "module": module,
                    "entry_point": "main",
                    "constants": {name: float(value) for name, value in (constants or {}).items()},
                },
            )
        except wgpu.GPUError as problem:
            raise EngineError(f"shaders/{self.shader} does not compile:\n{problem}", "Mend the shader.") from problem

    def bind(self, **buffers: wgpu.GPUBuffer) -> Bound:
        """Tie each buffer to the name it has in the WGSL file. KeyError where a name is missing or unknown."""
        block = None
        if self.uniforms is not None:
            size = -(-self.uniforms.itemsize // 16) * 16
            usage = wgpu.BufferUsage.UNIFORM | wgpu.BufferUsage.COPY_DST
            block = self._gpu.create_buffer(label=f"{self.shader} uniforms", size=size, usage=usage)
            buffers["uniforms"] = block
        if unmatched := self._slots.keys() ^ buffers.keys():
            raise KeyError(f"shaders/{self.shader}: {', '.join(sorted(unmatched))} not bound, or not in the file")
        group = self._gpu.create_bind_group(
            layout=self._layout,
            entries=[{"binding": self._slots[n], "resource": {"buffer": b}} for n, b in buffers.items()],
        )
        return Bound(self._gpu, self._pipeline, group, block, self.uniforms)


class Bound:
    """A pass with its buffers, ready to run again and again."""

    def __init__(
        self,
        gpu: wgpu.GPUDevice,
        pipeline: wgpu.GPUComputePipeline,
        group: wgpu.GPUBindGroup,
        block: wgpu.GPUBuffer | None,
        layout: np.dtype[Any] | None,
    ) -> None:
        self._gpu = gpu
        self._pipeline = pipeline
        self._group = group
        self._block = block
        self._values = None if layout is None else np.zeros((), layout)

    def set(self, **values: Any) -> None:
        """Change uniforms by name; the rest keep their values. Takes effect at the next submit."""
        if self._values is None or self._block is None:
            raise KeyError("this pass has no uniforms")
        for name, value in values.items():
            self._values[name] = value
        self._gpu.queue.write_buffer(self._block, 0, self._values.tobytes())

    def encode(self, encoder: wgpu.GPUCommandEncoder, groups: tuple[int, int, int]) -> None:
        """Record one run of `groups` workgroups."""
        run = encoder.begin_compute_pass()
        run.set_pipeline(self._pipeline)
        run.set_bind_group(0, self._group)
        run.dispatch_workgroups(*groups)
        run.end()
