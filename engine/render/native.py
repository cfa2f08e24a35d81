"""wgpu's native backend, which is imported here only: its C types are compiled before."""

from __future__ import annotations

from engine.render.compiled_header import compiled_types

with compiled_types():
    from wgpu.backends.wgpu_native import ffi, lib_version_info

__all__ = ["ffi", "lib_version_info"]
