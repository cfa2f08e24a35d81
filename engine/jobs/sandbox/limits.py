"""How much a job may use: limits that the kernel keeps per process."""

from __future__ import annotations

import resource
import sys

# Thread stacks and GPU drivers reserve much that they never touch, and the kernel counts what is reserved. The
# studio watches resident memory besides, and closely; this limit is for what grows faster than one can watch.
HEADROOM = 2 << 30
# A job hears SIGXCPU at its limit; one that will not go is killed so many seconds later.
_GRACE = 5


def apply(memory: int | None, cpu_seconds: int | None) -> None:
    """Sets the limits for this process: bytes and seconds of processor time. Each child has the same for itself."""
    _lower(resource.RLIMIT_CORE, 0, 0)
    # Not RLIMIT_AS: LLVM and GPU drivers map address space by the hundred gigabytes. macOS keeps neither.
    if memory is not None and sys.platform == "linux":
        _lower(resource.RLIMIT_DATA, memory + HEADROOM, memory + HEADROOM)
    if cpu_seconds is not None:
        _lower(resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + _GRACE)


def _lower(kind: int, soft: int, hard: int) -> None:
    standing = resource.getrlimit(kind)[1]
    if standing != resource.RLIM_INFINITY:
        soft, hard = min(soft, standing), min(hard, standing)
    resource.setrlimit(kind, (soft, hard))
