"""Resource limits of a job, enforced by the kernel per process."""

from __future__ import annotations

import resource
import sys

# The kernel counts reserved memory, and thread stacks and GPU drivers reserve more than they use. The studio process
# polls resident memory; this limit catches growth that is faster than polling.
HEADROOM = 2 << 30
# Seconds of processor time from SIGXCPU at the limit to SIGKILL.
_GRACE = 5


def apply(memory: int | None, cpu_seconds: int | None) -> None:
    """Sets the limits of this process in bytes and seconds of processor time. Each child gets the same limits."""
    _lower(resource.RLIMIT_CORE, 0, 0)
    # Not RLIMIT_AS: LLVM and GPU drivers map hundreds of gigabytes of address space. macOS enforces neither.
    if memory is not None and sys.platform == "linux":
        _lower(resource.RLIMIT_DATA, memory + HEADROOM, memory + HEADROOM)
    if cpu_seconds is not None:
        _lower(resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + _GRACE)


def _lower(kind: int, soft: int, hard: int) -> None:
    standing = resource.getrlimit(kind)[1]
    if standing != resource.RLIM_INFINITY:
        soft, hard = min(soft, standing), min(hard, standing)
    resource.setrlimit(kind, (soft, hard))
