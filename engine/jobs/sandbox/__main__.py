"""`python -m engine.jobs.sandbox WRITABLE OTHER`: confines itself, tests each restriction, prints the results as JSON.

Ends with SIGXCPU if the limit on processor time is enforced.
"""

import json
import os
import socket
import sys
import time
from pathlib import Path

from engine.jobs.sandbox.limits import HEADROOM
from engine.jobs.sandbox.policy import SandboxPolicy, confine

_MEMORY = 1 << 28
_CPU_SECONDS = 1


def _may_write(folder: Path) -> bool:
    try:
        (folder / "trial").write_bytes(b"")
        (folder / "trial").unlink()
    except OSError:
        return False
    return True


def _may_read(file: Path) -> bool:
    try:
        file.read_bytes()
        list(file.parent.iterdir())
    except OSError:
        return False
    return True


def _may_connect() -> bool:
    try:
        # Connecting a datagram socket sends nothing; 192.0.2.0/24 is reserved for documentation (RFC 5737).
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as outward:
            outward.connect(("192.0.2.1", 9))
    except PermissionError:
        return False
    except OSError:
        return True  # no route: not refused by the sandbox
    return True


def _may_allocate() -> bool:
    try:
        bytes(_MEMORY + HEADROOM)  # untouched zero pages take no physical memory
    except MemoryError:
        return False
    return True


def _try(writable: Path, other: Path) -> None:
    secret = other / "secret"
    secret.touch()
    could_write, could_read = _may_write(other), _may_read(secret)
    confine(SandboxPolicy((writable,), (), network=False, memory=_MEMORY, cpu_seconds=_CPU_SECONDS))
    held = {
        "writing": could_write and _may_write(writable) and not _may_write(other),
        "reading": could_read and not _may_read(secret),
        "network": not _may_connect(),
        "memory": not _may_allocate(),
    }
    print(json.dumps(held), flush=True)
    # The soft limit counts from process start. One second past it, it was not enforced.
    while time.process_time() < _CPU_SECONDS + 1:
        os.getpid()


if __name__ == "__main__":
    _try(Path(sys.argv[1]), Path(sys.argv[2]))
