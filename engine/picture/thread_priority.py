"""Resets the thread priority that SVT-AV1 raises."""

from __future__ import annotations

import os
import sys
from contextlib import suppress


def use_default_priority() -> None:
    """Resets every thread of this process to the default scheduling policy.

    As root on Linux, SVT-AV1 makes the process real-time (SCHED_FIFO 99, inherited by child processes), which blocks
    everything else on the machine while it works.
    """
    if sys.platform == "linux":
        for thread in os.listdir("/proc/self/task"):
            with suppress(ProcessLookupError):
                if os.sched_getscheduler(int(thread)) == os.SCHED_FIFO:
                    os.sched_setscheduler(int(thread), os.SCHED_OTHER, os.sched_param(0))
