"""Textures used again: exactly the same kind or none, the least recently used dropped beyond a budget."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import wgpu

from engine.errors import EngineError
from engine.render.spec import Bytes, Image, Spec

# What one frame's graph may leave lying for the next: a UHD half-float picture is 66 MB.
DEFAULT_BUDGET = 1 << 30


@dataclass(frozen=True, slots=True)
class Key:
    """What must be equal for a resource to be used again."""

    spec: Spec
    usage: int


@dataclass(slots=True)
class PoolCounts:
    """How often the pool made something, handed out again what it had, and dropped what was too much."""

    made: int = 0
    reused: int = 0
    dropped: int = 0


class Lease:
    """A texture or buffer on loan. Give it back with `release`, or use it as a context manager."""

    def __init__(self, pool: Pool, key: Key, resource: Any) -> None:
        self._pool = pool
        self.key = key
        self.resource = resource
        self._held = True

    @property
    def spec(self) -> Spec:
        """What it holds."""
        return self.key.spec

    def release(self) -> None:
        """Back to the pool; work already handed to the GPU may go on using it. A second time does nothing."""
        if self._held:
            self._held = False
            self._pool.take_back(self)

    def __enter__(self) -> Lease:
        """The lease."""
        return self

    def __exit__(self, *_: object) -> None:
        """Give it back."""
        self.release()


class Pool:
    """Free textures and buffers of one device, up to `budget` bytes of them.

    The budget is for what waits to be used again: what is on loan is never taken away.
    """

    def __init__(self, gpu: wgpu.GPUDevice, budget: int = DEFAULT_BUDGET) -> None:
        self._gpu = gpu
        self._budget = budget
        # Oldest first; a key may stand several times.
        self._free: OrderedDict[int, Lease] = OrderedDict()
        self._waiting = 0
        self._serial = 0
        self.counts = PoolCounts()

    @property
    def waiting_bytes(self) -> int:
        """Bytes that wait to be used again."""
        return self._waiting

    def lend(self, spec: Spec, usage: int) -> Lease:
        """A resource of exactly this kind, used before or new. EngineError where the GPU has no room for it."""
        key = Key(spec, usage)
        for serial in reversed(self._free):
            if self._free[serial].key == key:
                found = self._free.pop(serial)
                self._waiting -= spec.size
                self.counts.reused += 1
                return Lease(self, key, found.resource)
        self.counts.made += 1
        return Lease(self, key, self._make(key))

    def take_back(self, lease: Lease) -> None:
        """For `Lease.release`: keeps the resource, and drops the longest unused beyond the budget."""
        self._serial += 1
        self._free[self._serial] = lease
        self._waiting += lease.spec.size
        while self._waiting > self._budget and self._free:
            _, oldest = self._free.popitem(last=False)
            self._waiting -= oldest.spec.size
            self.counts.dropped += 1
            oldest.resource.destroy()

    def _make(self, key: Key) -> Any:
        try:
            if isinstance(key.spec, Bytes):
                return self._gpu.create_buffer(size=-(-key.spec.size // 4) * 4, usage=key.usage)
            size = (key.spec.width, key.spec.height, 1)
            return self._gpu.create_texture(size=size, format=key.spec.format, usage=key.usage)
        except wgpu.GPUError as problem:
            what = f"{key.spec.width} × {key.spec.height} {key.spec.format}" if isinstance(key.spec, Image) else "bytes"
            raise EngineError(
                f"The GPU has no room for {what} ({key.spec.size >> 20} MiB): {problem}",
                "Use a machine with a larger GPU, or a smaller version of this footage.",
            ) from problem
