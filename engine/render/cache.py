"""A cache that forgets what was least recently used when it exceeds its budget."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class BoundedCache(Generic[Value]):
    """Values by key, together at most `budget`: a number of entries, or the sum of their costs.

    A value that costs more than the budget is returned, but not kept.
    """

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._entries: OrderedDict[Hashable, tuple[Value, int]] = OrderedDict()
        self._total = 0

    def __len__(self) -> int:
        """The number of values."""
        return len(self._entries)

    @property
    def total(self) -> int:
        """The sum of the costs of all values."""
        return self._total

    def get(self, key: Hashable, make: Callable[[], Value], cost: int = 1) -> Value:
        """The value of a key, made if there is none."""
        if key in self._entries:
            self._entries.move_to_end(key)
            return self._entries[key][0]
        value = make()
        self._entries[key] = (value, cost)
        self._total += cost
        while self._total > self._budget:
            _, (_, dropped) = self._entries.popitem(last=False)
            self._total -= dropped
        return value

    def clear(self) -> None:
        """Forget all values."""
        self._entries.clear()
        self._total = 0
