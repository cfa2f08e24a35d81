"""The one GPU device of this process: Metal on a Mac, Vulkan elsewhere, Mesa's lavapipe where there is no GPU."""

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

from engine.errors import EngineError
from engine.render.compute import Bound

# Wanted where the adapter has more than WebGPU's defaults, for frames beyond 8K.
_WANTED_LIMITS = ("max-buffer-size", "max-storage-buffer-binding-size")

"""A stretch of the GPU's memory; only this room looks inside."""

Buffer: TypeAlias = wgpu.GPUBuffer

Step = tuple[Bound, tuple[int, int, int]]
"""A bound pass and how many workgroups of it run along x, y and z."""


class Pending:
    """Work handed to the GPU whose results have not been waited for yet."""

    def __init__(self, device: Device, outputs: list[tuple[wgpu.GPUBuffer, int]]) -> None:
        self._device = device
        self._outputs = outputs

    def result(self) -> list[NDArray[np.uint8]]:
        """Wait, and hand out each output's bytes, in the order they were asked for. Call once."""
        arrays = []
        for staging, size in self._outputs:
            staging.map_sync(wgpu.MapMode.READ, 0, size)
            try:
                arrays.append(np.frombuffer(staging.read_mapped(0, size, copy=True), np.uint8))
            finally:
                staging.unmap()
            self._device.release(staging)
        self._outputs = []
        return arrays


class Device:
    """A GPU and its queue. Buffers for reading back are kept and used again."""

    def __init__(self, gpu: wgpu.GPUDevice, description: str) -> None:
        self.gpu = gpu
        self.description = description
        self.max_binding = int(gpu.limits["max-storage-buffer-binding-size"])
        self._staging: dict[int, list[wgpu.GPUBuffer]] = {}

    def buffer(self, size: int, label: str = "") -> wgpu.GPUBuffer:
        """A storage buffer of `size` bytes (rounded up to 4), zeroed.

        EngineError where the GPU cannot bind that much at once.
        """
        if size > self.max_binding:
            raise EngineError(
                f"The picture needs {size >> 20} MiB at once on the GPU; {self.description} offers "
                f"{self.max_binding >> 20} MiB.",
                "Use a machine with a larger GPU, or a smaller version of this footage.",
            )
        usage = wgpu.BufferUsage.STORAGE | wgpu.BufferUsage.COPY_DST | wgpu.BufferUsage.COPY_SRC
        return self.gpu.create_buffer(label=label, size=-(-size // 4) * 4, usage=usage)

    def upload(self, buffer: wgpu.GPUBuffer, data: NDArray[Any]) -> None:
        """Copy a C-contiguous array whose size is a multiple of 4 bytes to the start of `buffer`."""
        self.gpu.queue.write_buffer(buffer, 0, data)

    def submit(self, steps: Sequence[Step], outputs: Sequence[tuple[wgpu.GPUBuffer, int]] = ()) -> Pending:
        """Run `steps` in order, then copy the first `size` bytes of each output for reading back.

        Returns at once; the work goes on beside the caller.
        """
        encoder = self.gpu.create_command_encoder()
        for bound, groups in steps:
            bound.encode(encoder, groups)
        copies = []
        for source, size in outputs:
            staging = self._take_staging(size)
            encoder.copy_buffer_to_buffer(source, 0, staging, 0, size)
            copies.append((staging, size))
        self.gpu.queue.submit([encoder.finish()])
        return Pending(self, copies)

    def release(self, staging: wgpu.GPUBuffer) -> None:
        """Give a read-back buffer back for the next frame."""
        self._staging.setdefault(staging.size, []).append(staging)

    def _take_staging(self, size: int) -> wgpu.GPUBuffer:
        free = self._staging.get(size)
        if free:
            return free.pop()
        return self.gpu.create_buffer(size=size, usage=wgpu.BufferUsage.MAP_READ | wgpu.BufferUsage.COPY_DST)


def _adapter() -> wgpu.GPUAdapter:
    try:
        with _quiet_stderr():
            return wgpu.gpu.request_adapter_sync(power_preference="high-performance")
    except RuntimeError as problem:
        hint = (
            "Run `make setup`, or install Mesa's Vulkan driver: apt-get install mesa-vulkan-drivers"
            if sys.platform.startswith("linux")
            else "Update the system and its graphics driver."
        )
        raise EngineError(f"No GPU answers on this machine: {problem}", hint) from problem


@cache
def open_device() -> Device:
    """This process's GPU. EngineError with what to install where none answers."""
    adapter = _adapter()
    wanted = {name: adapter.limits[name] for name in _WANTED_LIMITS}
    return Device(adapter.request_device_sync(label="cleanwater", required_limits=wanted), _describe(adapter))


def adapter_description() -> str:
    """The GPU's name, kind and interface, as `doctor` shows it. EngineError where none answers."""
    return open_device().description


def _describe(adapter: wgpu.GPUAdapter) -> str:
    info = adapter.info
    kind = {"CPU": "software", "DiscreteGPU": "discrete GPU", "IntegratedGPU": "integrated GPU"}
    return f"{info['device']} ({kind.get(info['adapter_type'], info['adapter_type'])}, {info['backend_type']})"


@contextmanager
def _quiet_stderr() -> Iterator[None]:
    """The Vulkan loader writes about a missing XDG_RUNTIME_DIR straight to stderr; a headless machine has none."""
    if not sys.platform.startswith("linux") or os.environ.get("XDG_RUNTIME_DIR"):
        yield
        return
    with tempfile.TemporaryDirectory(prefix="cleanwater-") as folder:
        os.environ["XDG_RUNTIME_DIR"] = folder
        try:
            yield
        finally:
            del os.environ["XDG_RUNTIME_DIR"]
