"""Keeps the results of a plan that its later runs read."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from engine.render.device import Device
from engine.render.history import History
from engine.render.pool import Lease
from engine.render.spec import Bytes, Spec


class HistoryStore:
    """The results of a plan that its later runs read."""

    def __init__(self, device: Device, wanted: Mapping[str, History], specs: Mapping[str, Spec]) -> None:
        self._device = device
        self._wanted = wanted
        self._specs = specs
        depths: dict[str, int] = {}
        for past in wanted.values():
            depths[past.name] = max(past.frames, depths.get(past.name, 0))
        # The newest is the first.
        self._leases: dict[str, deque[Lease]] = {name: deque() for name in depths}
        self._depths = depths
        self._blanks: dict[Spec, Any] = {}

    @property
    def names(self) -> frozenset[str]:
        """The names whose results are kept."""
        return frozenset(self._depths)

    @property
    def size(self) -> int:
        """The bytes of all kept results, when there are enough frames."""
        return sum(self._specs[name].size * depth for name, depth in self._depths.items())

    def resources(self) -> dict[str, Any]:
        """The texture or buffer of each history."""
        found: dict[str, Any] = {}
        for key, past in self._wanted.items():
            leases = self._leases[past.name]
            done = len(leases) >= past.frames
            found[key] = leases[past.frames - 1].resource if done else self._blank(self._specs[past.name])
        return found

    def push(self, leases: Mapping[str, Lease]) -> None:
        """Keep the results of a run, and release those that no later run reads."""
        for name, kept in self._leases.items():
            kept.appendleft(leases[name].share())
            if len(kept) > self._depths[name]:
                kept.pop().release()

    def reset(self) -> None:
        """Release all results."""
        for kept in self._leases.values():
            while kept:
                kept.pop().release()

    def _blank(self, spec: Spec) -> Any:
        """A resource of zeros, which WebGPU guarantees for new ones. It stays, so that a cut allocates nothing."""
        if spec not in self._blanks:
            if isinstance(spec, Bytes):
                self._blanks[spec] = self._device.buffer(spec.size)
            else:
                size = (spec.width, spec.height, 1)
                usage = self._device.picture_usage(spec.format)
                self._blanks[spec] = self._device.gpu.create_texture(size=size, format=spec.format, usage=usage)
        return self._blanks[spec]
