"""A GPU device: its buffers and textures, commands, and what is compiled and cached for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

import numpy as np
import wgpu
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.render.assemble import Assembled
from engine.render.cache import BoundedCache
from engine.render.native import lib_version_info
from engine.render.passes import CODES_FORMAT, DrawPass
from engine.render.pipelines import compile_pipeline
from engine.render.pool import Lease, Pool
from engine.render.spec import STORABLE, Bytes, Image, Spec, Table, picture_bytes
from engine.render.timer import GpuTimer
from engine.render.uniform_ring import UniformRing

UNORM_16 = "texture-format16bit-norm"
CLOCK = "timestamp-query"

# The limits of the device's store for later plans. A plan keeps its own pipelines and tables while it exists.
_KEPT_PIPELINES = 256
_KEPT_TABLE_BYTES = 256 << 20

_STAGING: int = wgpu.BufferUsage.MAP_READ | wgpu.BufferUsage.COPY_DST

Buffer: TypeAlias = wgpu.GPUBuffer
Commands: TypeAlias = wgpu.GPUCommandEncoder
"""Opaque handles outside this package."""

BUFFER_USAGE: int = (
    wgpu.BufferUsage.STORAGE | wgpu.BufferUsage.VERTEX | wgpu.BufferUsage.COPY_DST | wgpu.BufferUsage.COPY_SRC
)


class Pending:
    """Results that are being copied back from the GPU."""

    def __init__(self, outputs: list[tuple[Lease, Spec]]) -> None:
        self._outputs = outputs

    def result(self) -> list[NDArray[Any]]:
        """Wait for the results and return them in the requested order. Call only once.

        Bytes are returned as uint8 (size,), pictures as (height, width, channels) of their texel's type.
        """
        arrays = []
        for lease, spec in self._outputs:
            staging = lease.resource
            staging.map_sync(wgpu.MapMode.READ, 0, staging.size)
            try:
                arrays.append(_unpadded(staging.read_mapped(0, staging.size, copy=False), spec))
            finally:
                staging.unmap()
            lease.release()
        self._outputs = []
        return arrays


class Device:
    """A GPU and its queue, with cached pipelines, tables and buffers.

    `display` is the pixel format of display pictures on this device; `identity` identifies the device, driver and wgpu
    version; `driver` is the driver's own description. A `software` device runs shaders on the processor.
    `observer` is called with each plan that runs and its sources.
    """

    def __init__(
        self, gpu: wgpu.GPUDevice, description: str, identity: str, driver: str, *, software: bool = False
    ) -> None:
        self.gpu = gpu
        self.description = description
        self.identity = identity
        self.driver = driver
        self.software = software
        self.pool = Pool(gpu)
        self.uniforms = UniformRing(gpu)
        self.max_binding = int(gpu.limits["max-storage-buffer-binding-size"])
        self.display = "rgba16unorm" if UNORM_16 in gpu.features else "rgba16float"
        self.transient_usage = _transient_usage()
        self.observer: Callable[[Any, Mapping[str, Any]], None] | None = None
        self._pipelines: BoundedCache[Any] = BoundedCache(_KEPT_PIPELINES)
        self._tables: BoundedCache[Any] = BoundedCache(_KEPT_TABLE_BYTES)
        self._fence = gpu.create_buffer(label="fence", size=4, usage=wgpu.BufferUsage.COPY_SRC)

    def buffer(self, size: int, label: str = "") -> wgpu.GPUBuffer:
        """A zeroed buffer of `size` bytes for words or vertices, rounded up to a multiple of 4.

        Raises EngineError if the GPU cannot bind a buffer of this size.
        """
        if size > self.max_binding:
            raise EngineError(
                f"The picture needs a GPU buffer of {size >> 20} MiB; {self.description} supports at most "
                f"{self.max_binding >> 20} MiB.",
                "Use a machine with a larger GPU, or a smaller version of this footage.",
            )
        return self.gpu.create_buffer(label=label, size=-(-size // 4) * 4, usage=BUFFER_USAGE)

    def upload(self, buffer: wgpu.GPUBuffer, data: NDArray[Any]) -> None:
        """Copy a C-contiguous array whose size is a multiple of 4 bytes to the start of `buffer`."""
        self.gpu.queue.write_buffer(buffer, 0, data)

    def texture(self, form: str, width: int, height: int, depth: int | None = None) -> wgpu.GPUTexture:
        """A read-only storage texture of a WebGPU format for `upload_texture`; with `depth`, it has three dimensions.

        lavapipe reads a storage buffer lane by lane in a loop, and a sampled texture by a call of a function that
        computes the sizes of mipmaps for each lane. It reads storage textures several times faster.
        Raises EngineError if it is larger than the GPU's textures.
        """
        longest = int(self.gpu.limits["max-texture-dimension-3d" if depth else "max-texture-dimension-2d"])
        if max(width, height, depth or 1) > longest:
            raise EngineError(
                f"The picture needs a GPU texture of {width} × {height}; {self.description} supports at most "
                f"{longest}.",
                "Use a machine with a larger GPU, or a smaller version of this footage.",
            )
        usage = wgpu.TextureUsage.STORAGE_BINDING | wgpu.TextureUsage.COPY_DST
        size = (width, height, depth or 1)
        return self.gpu.create_texture(size=size, dimension="3d" if depth else "2d", format=form, usage=usage)

    def load_picture(self, pixels: NDArray[Any], form: str) -> Lease:
        """A picture that passes can read, from an array (height, width, channels) of the format's numpy type."""
        height, width = pixels.shape[:2]
        usage = self.picture_usage(form) | wgpu.TextureUsage.COPY_DST
        lease = self.pool.lend(Image(width, height, form), usage)
        self.upload_texture(lease.resource, np.ascontiguousarray(pixels))
        return lease

    def upload_texture(self, texture: wgpu.GPUTexture, data: NDArray[Any]) -> None:
        """Copy a C-contiguous array with the texture's rows."""
        row = data.nbytes // (texture.height * texture.depth_or_array_layers)
        layout = {"offset": 0, "bytes_per_row": row, "rows_per_image": texture.height}
        self.gpu.queue.write_texture({"texture": texture}, data, layout, texture.size)

    def write(self, buffer: wgpu.GPUBuffer, data: bytes) -> None:
        """Copy bytes to the start of `buffer`."""
        self.gpu.queue.write_buffer(buffer, 0, data)

    @contextmanager
    def commands(self, among: wgpu.GPUCommandEncoder | None = None) -> Iterator[wgpu.GPUCommandEncoder]:
        """Yields a command encoder and submits it at the end; with `among`, yields that one and submits nothing."""
        if among is not None:
            yield among
            return
        encoder = self.gpu.create_command_encoder()
        with self.uniforms.collect(encoder):
            yield encoder
            self.uniforms.write(encoder)
            self.gpu.queue.submit([encoder.finish()])

    def wait(self) -> None:
        """Wait until all submitted work is done."""
        # wgpu 0.32's own call has a callback of the wrong type.
        self.gpu.queue.read_buffer(self._fence)

    def fetch(self, results: Sequence[Lease], *, into: wgpu.GPUCommandEncoder | None = None) -> Pending:
        """Start copying results back. Returns before the GPU has finished; the leases may be released immediately.

        `into` adds the copies to other `commands`; call `Pending.result` only after those are submitted.
        """
        copies: list[tuple[Lease, Spec]] = []
        with self.commands(into) as encoder:
            for result in results:
                spec = result.spec
                if isinstance(spec, Bytes):
                    lease = self.pool.lend(Bytes(-(-spec.size // 4) * 4), _STAGING)
                    encoder.copy_buffer_to_buffer(result.resource, 0, lease.resource, 0, lease.resource.size)
                else:
                    row, size = picture_bytes(spec)
                    lease = self.pool.lend(Bytes(size), _STAGING)
                    layout = {"buffer": lease.resource, "bytes_per_row": row, "rows_per_image": spec.height}
                    encoder.copy_texture_to_buffer({"texture": result.resource}, layout, (spec.width, spec.height, 1))
                copies.append((lease, spec))
        return Pending(copies)

    def timer(self, groups: int) -> GpuTimer | None:
        """A timer for runs of a plan with this number of groups, None if this GPU has no timestamp queries."""
        return GpuTimer(self.gpu, groups) if CLOCK in self.gpu.features else None

    # Used by Plan

    def picture_usage(self, form: str) -> int:
        """The usage of a texture that passes read."""
        usage = int(wgpu.TextureUsage.TEXTURE_BINDING)
        stored = form == CODES_FORMAT or (self.software and form in STORABLE)
        return usage | int(wgpu.TextureUsage.STORAGE_BINDING) if stored else usage

    def table(self, table: Table) -> wgpu.GPUBuffer | wgpu.GPUTexture:
        """The buffer or texture of a pass's table, made once while it is kept."""
        # The table is kept with its resource, so that its id() is not that of another one.
        return self._tables.get(id(table), lambda: (table, self._upload_table(table)), table.values.nbytes)[1]

    def pipeline(self, name: str, assembled: Assembled, work: DrawPass | None) -> Any:
        """The compiled pipeline, cached by source. Raises EngineError with file and line."""
        drawn = (work.blend, work.samples, work.corners > 0) if work else None
        key = (assembled.module.source, assembled.targets, drawn)
        try:
            return self._pipelines.get(key, lambda: compile_pipeline(self.gpu, name, assembled, work))
        except wgpu.GPUError as problem:
            raise assembled.module.blame(problem) from problem

    def _upload_table(self, table: Table) -> wgpu.GPUBuffer | wgpu.GPUTexture:
        values = np.ascontiguousarray(table.values)
        if table.format:
            texture = self.texture(table.format, *values.shape[-2::-1])
            self.upload_texture(texture, values)
            return texture
        buffer = self.buffer(max(values.nbytes, 16))
        self.upload(buffer, values)
        return buffer


def _transient_usage() -> int:
    """The usage bits of a transient (tile memory only) target, 0 if they are not known to work.

    wgpu-native 29 accepts wgpu's own bit for it and aborts on WebGPU's. Untested versions get 0.
    """
    return (1 << 17) | int(wgpu.TextureUsage.RENDER_ATTACHMENT) if lib_version_info[0] == 29 else 0


def _unpadded(data: Any, spec: Spec) -> NDArray[Any]:
    held = np.frombuffer(data, np.uint8)
    if isinstance(spec, Bytes):
        return held[: spec.size].copy()
    row, _ = picture_bytes(spec)
    width = spec.width * spec.texel.itemsize
    pixels = held.reshape(spec.height, row)[:, :width].copy()
    return pixels.view(spec.texel.base).reshape(spec.height, spec.width, -1)
