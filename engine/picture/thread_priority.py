"""Every process gets its turn of the processor beside an encoder."""

from __future__ import annotations

import os
import sys
from contextlib import suppress


def use_default_priority() -> None:
    """Makes every thread of this process an ordinary one again.

    SVT-AV1 makes a process of root's real-time on Linux (SCHED_FIFO 99, inherited by whatever it starts), after which
    nothing else on the machine runs until it has no more to do.
    """
    if sys.platform == "linux":
        for thread in os.listdir("/proc/self/task"):
            with suppress(ProcessLookupError):
                if os.sched_getscheduler(int(thread)) == os.SCHED_FIFO:
                    os.sched_setscheduler(int(thread), os.SCHED_OTHER, os.sched_param(0))
