"""Loaded nets: a lease loads its net when it is used, and the pool unloads the longest unused ones over its budget."""

from __future__ import annotations

import threading
from collections import OrderedDict
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.models.nets import LocatedNet, Net

_BUDGET = 512 << 20


class NetLease:
    """A provider's claim to a net. It is used by one thread at a time; the pool may unload the net between uses."""

    def __init__(self, pool: NetPool, located: LocatedNet) -> None:
        self.located = located
        self._pool = pool
        self._retried = False

    @property
    def retried(self) -> bool:
        """Whether the net returned values that are not finite, and has run in float32 on the CPU since."""
        loaded = self._pool.loaded(self)
        return self._retried or (loaded is not None and loaded.retried)

    def net(self) -> Net:
        """The net: loaded and probed, if it is not loaded yet. Raises EngineError if it breaks its contract."""
        net = self._pool.use(self)
        self._retried |= net.retried
        return net

    def close(self) -> None:
        """Unloads the net."""
        self._retried = self.retried
        self._pool.unload(self)


class NetPool:
    """The loaded nets of this process, up to a budget in bytes. The net in use stays, however large it is."""

    def __init__(self, budget: int = _BUDGET) -> None:
        self.budget = budget
        self._nets: OrderedDict[NetLease, tuple[Net, int]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        """The memory of the loaded nets in bytes, as measured when they were loaded."""
        return sum(size for _, size in self._nets.values())

    def loaded(self, lease: NetLease) -> Net | None:
        """The net of a lease, None if it is not loaded."""
        found = self._nets.get(lease)
        return found[0] if found else None

    def use(self, lease: NetLease) -> Net:
        """The net of a lease, loaded if necessary. Unloads others, the longest unused first, over the budget."""
        with self._lock:
            if lease not in self._nets:
                self._nets[lease] = _load(lease.located)
            self._nets.move_to_end(lease)
            while self.size > self.budget and len(self._nets) > 1:
                self._nets.popitem(last=False)
            return self._nets[lease][0]

    def unload(self, lease: NetLease) -> None:
        """Unloads the net of a lease."""
        with self._lock:
            self._nets.pop(lease, None)


@cache
def shared_pool() -> NetPool:
    """The pool of this process."""
    return NetPool()


def _load(located: LocatedNet) -> tuple[Net, int]:
    import psutil

    process = psutil.Process()
    before = process.memory_info().rss
    net = located.open_probed()
    # The allocator may reuse memory that the process already has, but the weights are there in any case.
    return net, max(process.memory_info().rss - before, located.path.stat().st_size)
