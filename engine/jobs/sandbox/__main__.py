"""`python -m engine.jobs.sandbox WRITABLE OTHER`: walls itself in, runs into every wall, prints which of them held.

It ends by SIGXCPU where the wall around the processor's time holds too.
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


def _may_connect() -> bool:
    try:
        # A datagram socket that is connected has sent nothing yet; this address is kept for documentation.
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as outward:
            outward.connect(("192.0.2.1", 9))
    except PermissionError:
        return False
    except OSError:
        return True  # no route: the machine's answer, not a wall's
    return True


def _may_allocate() -> bool:
    try:
        bytes(_MEMORY + HEADROOM)  # zeros that nobody looks at take no room
    except MemoryError:
        return False
    return True


def _try(writable: Path, other: Path) -> None:
    could_write = _may_write(other)
    confine(SandboxPolicy((writable,), network=False, memory=_MEMORY, cpu_seconds=_CPU_SECONDS))
    held = {
        "files": could_write and _may_write(writable) and not _may_write(other),
        "network": not _may_connect(),
        "memory": not _may_allocate(),
    }
    print(json.dumps(held), flush=True)
    # The soft limit counts from the process's start; past it by a second, nothing has ended this process.
    while time.process_time() < _CPU_SECONDS + 1:
        os.getpid()


if __name__ == "__main__":
    _try(Path(sys.argv[1]), Path(sys.argv[2]))
