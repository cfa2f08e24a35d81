"""Opens the process's single GPU device: Metal on macOS, Vulkan elsewhere, Mesa's lavapipe without a GPU."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import wgpu

from engine.errors import EngineError
from engine.render.c_types import parse_with_few_names
from engine.render.device import CLOCK, UNORM_16, Device
from engine.render.native import ffi, lib_version_info
from engine.render.workgroups import MAX_SHARED_BYTES, MAX_THREADS

# Requested at the adapter's maximum instead of WebGPU's defaults: for frames larger than 8K, and for a pass that reads
# three planes and a cube and writes a picture.
_WANTED_LIMITS = (
    "max-buffer-size",
    "max-storage-buffer-binding-size",
    "max-texture-dimension-2d",
    "max-storage-textures-per-shader-stage",
)
# WebGPU's defaults. A larger workgroup would compile here and not on another device.
_PORTABLE_LIMITS = {
    "max-compute-invocations-per-workgroup": MAX_THREADS,
    "max-compute-workgroup-size-x": MAX_THREADS,
    "max-compute-workgroup-size-y": MAX_THREADS,
    "max-compute-workgroup-size-z": 64,
    "max-compute-workgroup-storage-size": MAX_SHARED_BYTES,
}


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
    limits = {name: adapter.limits[name] for name in _WANTED_LIMITS} | _PORTABLE_LIMITS
    features = [name for name in (UNORM_16, CLOCK) if name in adapter.features]
    gpu = adapter.request_device_sync(label="cleanwater", required_limits=limits, required_features=features)
    identity = f"{sorted(adapter.info.items())} wgpu {wgpu.__version__} {lib_version_info}"
    software = adapter.info["adapter_type"] == "CPU"
    return Device(gpu, _describe(adapter), identity, adapter.info["description"], software=software)


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
