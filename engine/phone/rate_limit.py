"""Limits how often one address, and all together, may try something."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Callable

_MOST_ADDRESSES = 1024


class RateLimit:
    """Counts failures in a sliding window of `seconds`: `most` for each address, `most_of_all` for all together."""

    def __init__(
        self, most: int, most_of_all: int, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most, self._most_of_all, self._seconds, self._clock = most, most_of_all, seconds, clock
        self._failures: defaultdict[str, deque[float]] = defaultdict(deque)
        self._all: deque[float] = deque()

    def seconds_to_wait(self, address: str) -> int:
        """Return how long this address has to wait, 0 if it may try now."""
        now = self._clock()
        waits = []
        for failures, most in ((self._failures.get(address, deque()), self._most), (self._all, self._most_of_all)):
            while failures and now - failures[0] >= self._seconds:
                failures.popleft()
            if len(failures) >= most:
                waits.append(self._seconds - (now - failures[0]))
        return int(max(waits)) + 1 if waits else 0

    def note_failure(self, address: str) -> None:
        """Count a failure."""
        if len(self._failures) >= _MOST_ADDRESSES:
            self._failures.clear()
        self._failures[address].append(self._clock())
        self._all.append(self._clock())
