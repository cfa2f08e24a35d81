"""Tries again after a failure that may be temporary, with growing pauses, as long as something moves."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from engine.errors import Cancelled, TransientError

T = TypeVar("T")

_FIRST_S, _LONGEST_S, _TICK_S = 0.05, 5.0, 0.2


class TransferRetries:
    """Repeats a step after each TransientError until nothing has moved for `seconds`.

    The pauses double from 50 ms to 5 s, each shortened at random by up to half: machines that lost their host at once
    do not come back at once. `closed` ends a pause.
    """

    def __init__(self, seconds: float, closed: threading.Event, cancelled: Callable[[], bool] | None = None) -> None:
        self._seconds = seconds
        self._closed = closed
        self._cancelled = cancelled
        self.moved()

    def moved(self) -> None:
        """Note that something was transferred: the time and the pauses start again."""
        self._moved_at = time.monotonic()
        self._pause = _FIRST_S

    def check(self) -> None:
        """Raise Cancelled if the work is cancelled."""
        if self._closed.is_set() or (self._cancelled is not None and self._cancelled()):
            raise Cancelled("The transfer was cancelled.")

    def run(self, step: Callable[[], T]) -> T:
        """Return the result of a step. Raises the last TransientError, and Cancelled."""
        while True:
            self.check()
            try:
                return step()
            except TransientError:
                if time.monotonic() - self._moved_at > self._seconds:
                    raise
                self._wait(self._pause * random.uniform(0.5, 1.0))
                self._pause = min(_LONGEST_S, self._pause * 2)

    def _wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.check()
            self._closed.wait(min(left, _TICK_S))
