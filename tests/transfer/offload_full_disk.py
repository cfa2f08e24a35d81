"""Offloads a card to a disk that fills during the copy, and to another folder. Prints what is left, as JSON.

Arguments: DISK CARD ALSO. The studio is in a folder beside ALSO, the second destination on DISK.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from pathlib import Path

from engine.errors import EngineError
from engine.studio import Studio
from engine.transfer.offload import BatchLimits, offload_card, read_block


def fill(ballast: Path) -> None:
    """Allocate all free space."""
    with ballast.open("wb") as file:
        size = 0
        for step in (1 << 20, 1 << 12):
            with suppress(OSError):
                while True:
                    os.posix_fallocate(file.fileno(), size, step)
                    size += step


def main(disk: Path, card: Path, folder: Path) -> None:
    studio = Studio(folder / "studio")
    project = studio.new_project("p")
    also = disk / "also"
    also.mkdir()
    ballast = disk / "ballast"

    def filling(descriptor: int, buffer: memoryview, offset: int) -> int:
        count = read_block(descriptor, buffer, offset)
        # Another program fills the disk while the largest file is copied.
        if offset and not ballast.exists():
            fill(ballast)
        return count

    limits = BatchLimits(files=2, bytes=1 << 20)
    full = offload_card(studio.catalog, studio.folder, project, card, [also], limits=limits, read=filling)
    files = sum(path.is_file() for path in also.rglob("*"))
    try:
        offload_card(studio.catalog, studio.folder, project, card, [also], limits=limits)
        refused = ""
    except EngineError as error:
        refused = error.message
    ballast.unlink()
    again = offload_card(studio.catalog, studio.folder, project, card, [also], limits=limits)
    print(
        json.dumps(
            {
                "safe": full.status.safe,
                "reasons": full.status.reasons,
                "proven": {file.path: len(file.proven_on) for file in full.status.files},
                "partial": [path.name for path in disk.rglob("*") if ".partial" in path.name],
                "files": files,
                "takes": len(full.takes),
                "refused": refused,
                "again": again.status.safe,
            }
        )
    )


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
