"""The GPU: one device a process, compute passes named by their WGSL file, results read back."""

from __future__ import annotations

from engine.render.compute import Bound, ComputePass
from engine.render.device import Buffer, Device, Pending, Step, adapter_description, open_device

__all__ = ["Bound", "Buffer", "ComputePass", "Device", "Pending", "Step", "adapter_description", "open_device"]
