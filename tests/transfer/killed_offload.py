"""Offloads a card to a project and one more folder, and kills itself at a point of the run. Prints the bytes read.

Arguments: STUDIO CARD ALSO POINT. A point is a number of system calls that change the disk; 0 is never.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from engine.studio import Studio
from engine.transfer.offload import BatchLimits, offload_card

# What the production code calls to change a disk. The audit hook is called before each of them.
CHANGES = {"os.mkdir", "os.rename", "os.link", "os.remove", "os.rmdir", "os.utime", "os.chmod", "shutil.move"}


def kill_at(point: int) -> None:
    """Kill this process before its change number `point`."""
    count = 0

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal count
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if event in CHANGES or writes:
            count += 1
            if count == point:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def main(studio_folder: str, card: str, also: str, point: str) -> None:
    with Studio(Path(studio_folder)) as studio:
        project = studio.project(None)
        kill_at(int(point))
        done = offload_card(
            studio.catalog, studio.folder, project, Path(card), [Path(also)], limits=BatchLimits(files=3, bytes=1 << 20)
        )
    print(done.bytes_read)


if __name__ == "__main__":
    main(*sys.argv[1:])
