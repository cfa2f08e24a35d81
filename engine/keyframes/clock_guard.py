"""Refuses code that reads the clock or a random source where a frame may depend only on its time."""

from __future__ import annotations

import gc
import os
import random
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from types import FrameType
from typing import Any

from engine.errors import EngineError

_CLOCKS = frozenset(
    {
        time.time, time.time_ns, time.monotonic, time.monotonic_ns, time.perf_counter, time.perf_counter_ns,
        time.process_time, time.process_time_ns, time.thread_time, time.thread_time_ns, time.localtime, time.gmtime,
        time.ctime, time.asctime, time.strftime, os.urandom, os.times,
    }
)  # fmt: skip
_DATES = frozenset({"now", "today", "utcnow"})
_IMPORTS = "<frozen importlib._bootstrap>"


class WallClockError(EngineError):
    """Code of a frame has read a clock or a random source, so that two renders of the frame would differ."""


@contextmanager
def without_clock() -> Iterator[None]:
    """Within this block, a call of a clock or of a random source in this thread raises WallClockError.

    It counts calls from Python, except those of a module that is imported for the first time: NumPy's random generators
    seed one of their own then, which no frame uses. A callback of the garbage collector, which may run at any moment,
    does not count either. Other threads are not affected.
    """
    earlier = sys.getprofile()
    sys.setprofile(_refuse)
    try:
        yield
    finally:
        sys.setprofile(earlier)


def _refuse(frame: FrameType, event: str, called: Any) -> None:
    if event != "c_call":
        return
    owner, name = getattr(called, "__self__", None), getattr(called, "__name__", "")
    is_date = name in _DATES and isinstance(owner, type) and issubclass(owner, date)
    refused = is_date or isinstance(owner, random.Random) or called in _CLOCKS
    if refused and not _is_exempt(frame):
        raise WallClockError(
            f"{frame.f_code.co_filename}:{frame.f_lineno} calls {name}, so the frame would differ in each render.",
            "Compute it from the frame's time, number and seed.",
        )


def _is_exempt(frame: FrameType) -> bool:
    """Whether a call comes from an import or from a callback of the garbage collector."""
    collecting = {getattr(callback, "__code__", None) for callback in gc.callbacks}
    outer: FrameType | None = frame
    while outer is not None:
        if outer.f_code.co_filename == _IMPORTS or outer.f_code in collecting:
            return True
        outer = outer.f_back
    return False
