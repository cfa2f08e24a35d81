"""A pool of textures and buffers: reuses exact matches, destroys the least recently used beyond a budget."""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import wgpu

from engine.errors import EngineError
from engine.render.spec import Bytes, Image, Spec

# Unused resources that one frame may leave to the next; a UHD half-float picture is 66 MB.
DEFAULT_BUDGET = 1 << 30


@dataclass(frozen=True, slots=True)
class Key:
    """The properties that must match for reuse."""

    spec: Spec
    usage: int
    samples: int = 1

    @property
    def size(self) -> int:
        """The size in bytes of all samples."""
        return self.spec.size * self.samples


@dataclass(slots=True)
class PoolCounts:
    """How often the pool created, reused and destroyed a resource."""

    made: int = 0
    reused: int = 0
    dropped: int = 0


class Lease:
    """A leased texture or buffer. Return it with `release`, or use the lease as a context manager."""

    def __init__(self, pool: Pool, key: Key, resource: Any, owners: list[Lease] | None = None) -> None:
        self._pool = pool
        self.key = key
        self.resource = resource
        # The unreleased leases of this resource.
        self._owners = [] if owners is None else owners
        self._owners.append(self)

    @property
    def spec(self) -> Spec:
        """The spec of the resource."""
        return self.key.spec

    def release(self) -> None:
        """Return it to the pool; submitted GPU work may continue to use it. A second call does nothing."""
        if self in self._owners:
            self._owners.remove(self)
            if not self._owners:
                self._pool.take_back(self)

    def share(self) -> Lease:
        """Another lease of the same resource, which returns to the pool when all are released."""
        return Lease(self._pool, self.key, self.resource, self._owners)

    def __enter__(self) -> Lease:
        """Return the lease."""
        return self

    def __exit__(self, *_: object) -> None:
        """Release the resource."""
        self.release()


class Pool:
    """Unused textures and buffers of one device, up to `budget` bytes.

    Leased resources do not count towards the budget and are never destroyed.
    """

    def __init__(self, gpu: wgpu.GPUDevice, budget: int = DEFAULT_BUDGET) -> None:
        self._gpu = gpu
        self._budget = budget
        # Oldest first; a key may occur several times.
        self._free: OrderedDict[int, Lease] = OrderedDict()
        # The serials of each key, oldest first: a search through all keys took longer than a pass took to encode.
        self._alike: defaultdict[Key, deque[int]] = defaultdict(deque)
        self._waiting = 0
        self._serial = 0
        self.counts = PoolCounts()

    @property
    def waiting_bytes(self) -> int:
        """Bytes of unused resources."""
        return self._waiting

    def lend(self, spec: Spec, usage: int, samples: int = 1) -> Lease:
        """A reused or new resource of exactly this kind. Raises EngineError if the GPU is out of memory."""
        key = Key(spec, usage, samples)
        if alike := self._alike.get(key):
            found = self._free.pop(alike.pop())
            self._waiting -= key.size
            self.counts.reused += 1
            return Lease(self, key, found.resource)
        self.counts.made += 1
        return Lease(self, key, self._make(key))

    def take_back(self, lease: Lease) -> None:
        """Used by `Lease.release`: keep the resource, and destroy the least recently used beyond the budget."""
        self._serial += 1
        self._free[self._serial] = lease
        self._alike[lease.key].append(self._serial)
        self._waiting += lease.key.size
        while self._waiting > self._budget and self._free:
            serial, oldest = self._free.popitem(last=False)
            self._unlist(serial, oldest.key)
            self._waiting -= oldest.key.size
            self.counts.dropped += 1
            oldest.resource.destroy()

    @contextmanager
    def reserve(self, resources: Collection[Any]) -> Iterator[None]:
        """Lends none of these resources in this context, although they may be unused."""
        taken = {serial: lease for serial, lease in self._free.items() if lease.resource in resources}
        for serial, lease in taken.items():
            del self._free[serial]
            self._unlist(serial, lease.key)
            self._waiting -= lease.key.size
        try:
            yield
        finally:
            for lease in taken.values():
                self.take_back(lease)

    def _unlist(self, serial: int, key: Key) -> None:
        alike = self._alike[key]
        alike.remove(serial)
        if not alike:
            del self._alike[key]

    def _make(self, key: Key) -> Any:
        try:
            if isinstance(key.spec, Bytes):
                return self._gpu.create_buffer(size=-(-key.spec.size // 4) * 4, usage=key.usage)
            size = (key.spec.width, key.spec.height, 1)
            return self._gpu.create_texture(
                size=size, format=key.spec.format, usage=key.usage, sample_count=key.samples
            )
        except wgpu.GPUError as problem:
            what = f"{key.spec.width} × {key.spec.height} {key.spec.format}" if isinstance(key.spec, Image) else "bytes"
            raise EngineError(
                f"The GPU has no memory for {what} ({key.spec.size >> 20} MiB): {problem}",
                "Use a machine with a larger GPU, or a smaller version of this footage.",
            ) from problem
