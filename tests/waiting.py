"""Waits for conditions in other threads and processes, for longer than a busy machine needs."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_until(condition: Callable[[], T], seconds: float = 240, *, pause: float = 0.01) -> T:
    """Evaluates `condition` every `pause` seconds until its result is true, and returns it; fails after `seconds`."""
    end = time.monotonic() + seconds
    while not (result := condition()):
        assert time.monotonic() < end, f"not true within {seconds} s"
        time.sleep(pause)
    return result
