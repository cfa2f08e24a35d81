"""Ingests on a small disk that is full when the seal is written, and prints what is left, as JSON.

The disk has 0, 4, 8 … KiB left, until an ingest succeeds. After each, the space is free again for the next one.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from engine.errors import EngineError
from engine.studio import Studio
from engine.transfer import import_footage, importer, verify_seal

PAGE = 4096

write_seal = importer.seal


def fill(ballast: Path, left: int) -> None:
    """Writes a file that leaves `left` bytes of its disk free."""
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(ballast.parent).free - left)


def main(disk: Path, take: Path, other: Path) -> None:
    ballast = disk / "ballast"
    studio = Studio(disk / "studio")
    project = studio.new_project("p")
    attempts = []
    for pages in range(32):

        def on_a_full_disk(folder: Path, digests: Mapping[Path, str], aside: Path, pages: int = pages) -> Path:
            fill(ballast, pages * PAGE)
            return write_seal(folder, digests, aside)

        importer.seal = on_a_full_disk
        try:
            import_footage(studio.catalog, studio.folder, project, [take])
            error = None
        except EngineError as raised:
            error = raised.message
        ballast.unlink()
        seals = list(disk.rglob("*ascmhl*"))
        folders = {path.parent for path in seals if path.name == "ascmhl"}
        attempts.append(
            {
                "error": error,
                "seals": len(folders),
                "verdicts": [one.verdict for folder in folders for one in verify_seal(folder)],
                "partial": [path.name for path in seals if ".partial" in path.name],
            }
        )
        if error is None:
            break
    importer.seal = write_seal
    again = import_footage(studio.catalog, studio.folder, project, [take, other])
    ascmhl = Path(sys.executable).with_name("ascmhl")
    batches = [studio.folder / batch.folder for batch in studio.catalog.batches(project)]
    differences = [subprocess.run([ascmhl, "diff", batch], capture_output=True, check=False) for batch in batches]
    print(
        json.dumps(
            {
                "attempts": attempts,
                "takes": len(studio.takes(project)),
                "new": len(again.takes),
                "verdicts": [one.verdict for one in studio.verify(project)],
                "ascmhl": [result.returncode for result in differences],
            }
        )
    )


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
