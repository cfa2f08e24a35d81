"""The process's single GPU device: Metal on macOS, Vulkan elsewhere, Mesa's lavapipe without a GPU."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeAlias

import numpy as np
import wgpu
from numpy.typing import NDArray
from wgpu.backends.wgpu_native import ffi, lib_version_info

from engine.errors import EngineError
from engine.render.assemble import Assembled
from engine.render.c_types import parse_with_few_names
from engine.render.pool import Lease, Pool
from engine.render.spec import Bytes, Image, Spec, Table, picture_bytes

# Requested at the adapter's maximum instead of WebGPU's defaults: for frames larger than 8K, and for a pass that reads
# three planes and a cube and writes a picture.
_WANTED_LIMITS = (
    "max-buffer-size",
    "max-storage-buffer-binding-size",
    "max-texture-dimension-2d",
    "max-storage-textures-per-shader-stage",
)
_UNORM_16 = "texture-format16bit-norm"
_CLOCK = "timestamp-query"

Buffer: TypeAlias = wgpu.GPUBuffer
Commands: TypeAlias = wgpu.GPUCommandEncoder
"""Opaque handles outside this package."""


class Pending:
    """Results that are being copied back from the GPU."""

    def __init__(self, device: Device, outputs: list[tuple[wgpu.GPUBuffer, Spec]]) -> None:
        self._device = device
        self._outputs = outputs

    def result(self) -> list[NDArray[Any]]:
        """Wait for the results and return them in the requested order. Call only once.

        Bytes are returned as uint8 (size,), pictures as (height, width, channels) of their texel's type.
        """
        arrays = []
        for staging, spec in self._outputs:
            size = staging.size
            staging.map_sync(wgpu.MapMode.READ, 0, size)
            try:
                arrays.append(_unpadded(staging.read_mapped(0, size, copy=False), spec))
            finally:
                staging.unmap()
            self._device.release(staging)
        self._outputs = []
        return arrays


class Device:
    """A GPU and its queue, with cached pipelines, tables and buffers.

    `display` is the pixel format of display pictures on this device; `identity` identifies the device, driver and wgpu
    version; `driver` is the driver's own description.
    """

    def __init__(self, gpu: wgpu.GPUDevice, description: str, identity: str, driver: str) -> None:
        self.gpu = gpu
        self.description = description
        self.identity = identity
        self.driver = driver
        self.pool = Pool(gpu)
        self.max_binding = int(gpu.limits["max-storage-buffer-binding-size"])
        self.display = "rgba16unorm" if _UNORM_16 in gpu.features else "rgba16float"
        self.transient_usage = _transient_usage()
        self._staging: dict[int, list[wgpu.GPUBuffer]] = {}
        self._pipelines: dict[Any, Any] = {}
        self._tables: dict[int, tuple[Table, wgpu.GPUBuffer | wgpu.GPUTexture]] = {}

    def buffer(self, size: int, label: str = "") -> wgpu.GPUBuffer:
        """A zeroed storage buffer of `size` bytes, rounded up to a multiple of 4.

        Raises EngineError if the GPU cannot bind a buffer of this size.
        """
        if size > self.max_binding:
            raise EngineError(
                f"The picture needs a GPU buffer of {size >> 20} MiB; {self.description} supports at most "
                f"{self.max_binding >> 20} MiB.",
                "Use a machine with a larger GPU, or a smaller version of this footage.",
            )
        usage = wgpu.BufferUsage.STORAGE | wgpu.BufferUsage.COPY_DST | wgpu.BufferUsage.COPY_SRC
        return self.gpu.create_buffer(label=label, size=-(-size // 4) * 4, usage=usage)

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
        usage = wgpu.TextureUsage.TEXTURE_BINDING | wgpu.TextureUsage.COPY_DST
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
        yield encoder
        self.gpu.queue.submit([encoder.finish()])

    def fetch(self, results: Sequence[Lease], *, into: wgpu.GPUCommandEncoder | None = None) -> Pending:
        """Start copying results back. Returns before the GPU has finished; the leases may be released immediately.

        `into` adds the copies to other `commands`; call `Pending.result` only after those are submitted.
        """
        copies: list[tuple[wgpu.GPUBuffer, Spec]] = []
        with self.commands(into) as encoder:
            for result in results:
                spec = result.spec
                if isinstance(spec, Bytes):
                    staging = self._take_staging(-(-spec.size // 4) * 4)
                    encoder.copy_buffer_to_buffer(result.resource, 0, staging, 0, staging.size)
                else:
                    row, size = picture_bytes(spec)
                    staging = self._take_staging(size)
                    layout = {"buffer": staging, "offset": 0, "bytes_per_row": row, "rows_per_image": spec.height}
                    encoder.copy_texture_to_buffer({"texture": result.resource}, layout, (spec.width, spec.height, 1))
                copies.append((staging, spec))
        return Pending(self, copies)

    def clock(self) -> GpuTimer | None:
        """A timer for runs, None if this GPU has no timestamp queries."""
        return GpuTimer(self) if _CLOCK in self.gpu.features else None

    # Used by Plan

    def uniform_buffer(self, first: bytes) -> wgpu.GPUBuffer:
        """A uniform buffer with the contents `first`."""
        usage = wgpu.BufferUsage.UNIFORM | wgpu.BufferUsage.COPY_DST
        return self.gpu.create_buffer_with_data(data=first, usage=usage)

    def table(self, table: Table) -> wgpu.GPUBuffer | wgpu.GPUTexture:
        """The buffer or texture of a pass's table, created once per `Table`."""
        if id(table) not in self._tables:
            values = np.ascontiguousarray(table.values)
            if table.format:
                texture = self.texture(table.format, *values.shape[-2::-1])
                self.upload_texture(texture, values)
                self._tables[id(table)] = (table, texture)
            else:
                buffer = self.buffer(max(values.nbytes, 16))
                self.upload(buffer, values)
                self._tables[id(table)] = (table, buffer)
        return self._tables[id(table)][1]

    def pipeline(self, name: str, assembled: Assembled) -> Any:
        """The compiled pipeline, cached by source. Raises EngineError with file and line."""
        key = (assembled.module.source, assembled.targets)
        if key not in self._pipelines:
            try:
                self._pipelines[key] = self._compiled(name, assembled)
            except wgpu.GPUError as problem:
                raise assembled.module.blame(problem) from problem
        return self._pipelines[key]

    def release(self, staging: wgpu.GPUBuffer) -> None:
        """Return a staging buffer for reuse."""
        self._staging.setdefault(staging.size, []).append(staging)

    def _compiled(self, name: str, assembled: Assembled) -> Any:
        module = self.gpu.create_shader_module(label=name, code=assembled.module.source)
        visible = wgpu.ShaderStage.FRAGMENT if assembled.targets else wgpu.ShaderStage.COMPUTE
        # An explicit layout, because the driver's derived one omits bindings that a pass's constants make unreachable.
        entries = [
            {"binding": binding.slot, "visibility": visible, **_layout(binding.role, binding.format)}
            for binding in assembled.bindings
        ]
        layout = self.gpu.create_pipeline_layout(
            bind_group_layouts=[self.gpu.create_bind_group_layout(entries=entries)]
        )
        if not assembled.targets:
            return self.gpu.create_compute_pipeline(
                label=name, layout=layout, compute={"module": module, "entry_point": "main"}
            )
        return self.gpu.create_render_pipeline(
            label=name,
            layout=layout,
            vertex={"module": module, "entry_point": "triangle"},
            primitive={"topology": "triangle-list"},
            fragment={
                "module": module,
                "entry_point": "draw",
                "targets": [{"format": form} for form in assembled.targets],
            },
        )

    def _take_staging(self, size: int) -> wgpu.GPUBuffer:
        free = self._staging.get(size)
        if free:
            return free.pop()
        return self.gpu.create_buffer(size=size, usage=wgpu.BufferUsage.MAP_READ | wgpu.BufferUsage.COPY_DST)


class GpuTimer:
    """Measures a run's time on the GPU. Pass its `queries` to `Plan.run` as `times`."""

    def __init__(self, device: Device) -> None:
        self._gpu = device.gpu
        self.queries = device.gpu.create_query_set(type="timestamp", count=2)
        usage = wgpu.BufferUsage.QUERY_RESOLVE | wgpu.BufferUsage.COPY_SRC
        self._counts = device.gpu.create_buffer(size=16, usage=usage)

    def seconds(self) -> float:
        """Waits for the last run; returns the seconds from the start of its first pass to the end of its last."""
        encoder = self._gpu.create_command_encoder()
        encoder.resolve_query_set(self.queries, 0, 2, self._counts, 0)
        self._gpu.queue.submit([encoder.finish()])
        begun, ended = np.frombuffer(self._gpu.queue.read_buffer(self._counts), np.uint64).tolist()
        # WebGPU's timestamps are nanoseconds.
        return float(ended - begun) / 1e9


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
            return {"buffer": {"type": "uniform"}}
        case "made words":
            return {"buffer": {"type": "storage"}}
        case _:
            return {"buffer": {"type": "read-only-storage"}}


def _unpadded(data: Any, spec: Spec) -> NDArray[Any]:
    held = np.frombuffer(data, np.uint8)
    if isinstance(spec, Bytes):
        return held[: spec.size].copy()
    row, _ = picture_bytes(spec)
    width = spec.width * spec.texel.itemsize
    pixels = held.reshape(spec.height, row)[:, :width].copy()
    return pixels.view(spec.texel.base).reshape(spec.height, spec.width, -1)


def _transient_usage() -> int:
    """The usage bits of a transient (tile memory only) target, 0 if they are not known to work.

    wgpu-native 29 accepts wgpu's own bit for it and aborts on WebGPU's. Untested versions get 0.
    """
    return (1 << 17) | int(wgpu.TextureUsage.RENDER_ATTACHMENT) if lib_version_info[0] == 29 else 0


def _adapter() -> wgpu.GPUAdapter:
    hint = (
        "Run `make setup`, or install Mesa's Vulkan driver: apt-get install mesa-vulkan-drivers"
        if sys.platform.startswith("linux")
        else "Update the system and its graphics driver."
    )
    try:
        with _quiet_stderr():
            adapter = wgpu.gpu.request_adapter_sync(power_preference="high-performance")
    except RuntimeError as problem:
        raise EngineError(f"No GPU found: {problem}", hint) from problem
    if adapter.info["backend_type"].startswith("OpenGL"):
        # OpenGL reads tables less precisely: the PQ view has an error of ΔE ITP 4.6.
        raise EngineError(f"Only OpenGL is available ({adapter.info['device']}), which is not precise enough.", hint)
    return adapter


@cache
def open_device() -> Device:
    """The process's GPU device. Raises EngineError, with the package to install, if there is none."""
    # Mesa's lavapipe starts one thread per core, and the slowest delays all others when decoders and encoders compete
    # for the cores. With two threads per core, one of them always runs.
    os.environ.setdefault("LP_NUM_THREADS", str(2 * (os.cpu_count() or 1)))
    parse_with_few_names(ffi)
    adapter = _adapter()
    limits = {name: adapter.limits[name] for name in _WANTED_LIMITS}
    features = [name for name in (_UNORM_16, _CLOCK) if name in adapter.features]
    gpu = adapter.request_device_sync(label="cleanwater", required_limits=limits, required_features=features)
    identity = f"{sorted(adapter.info.items())} wgpu {wgpu.__version__} {lib_version_info}"
    return Device(gpu, _describe(adapter), identity, adapter.info["description"])


def adapter_description() -> str:
    """The GPU's name, kind and backend for `doctor`. Raises EngineError if there is no GPU."""
    return open_device().description


def driver_description() -> str:
    """The GPU's driver with its version, as far as it states them. Raises EngineError if there is no GPU."""
    return open_device().driver


def library_version() -> str:
    """The versions of wgpu and of wgpu-native."""
    return f"{wgpu.__version__}, wgpu-native {'.'.join(map(str, lib_version_info))}"


def _describe(adapter: wgpu.GPUAdapter) -> str:
    info = adapter.info
    kind = {"CPU": "software", "DiscreteGPU": "discrete GPU", "IntegratedGPU": "integrated GPU"}
    return f"{info['device']} ({kind.get(info['adapter_type'], info['adapter_type'])}, {info['backend_type']})"


@contextmanager
def _quiet_stderr() -> Iterator[None]:
    """Sets XDG_RUNTIME_DIR on a headless machine, because the Vulkan loader reports its absence on stderr."""
    if not sys.platform.startswith("linux") or os.environ.get("XDG_RUNTIME_DIR"):
        yield
        return
    with tempfile.TemporaryDirectory(prefix="cleanwater-") as folder:
        os.environ["XDG_RUNTIME_DIR"] = folder
        try:
            yield
        finally:
            del os.environ["XDG_RUNTIME_DIR"]
