"""Offloads a card that is unmounted during the copy, and again after it is back. Prints what is left, as JSON.

Arguments: CARD SOURCE FOLDER. CARD is a mount point with a small disk, SOURCE what is on the card.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from engine.errors import EngineError
from engine.studio import Studio
from engine.transfer import find_offload, offload_status
from engine.transfer.offload import BatchLimits, offload_card, read_block


def main(card: Path, source: Path, folder: Path) -> None:
    # The card is bound to a second place, so that its content stays when it is unmounted.
    kept = folder / "kept"
    kept.mkdir()
    shutil.copytree(source, card, dirs_exist_ok=True)
    subprocess.run(["mount", "--bind", card, kept], check=True)
    studio = Studio(folder / "studio")
    project = studio.new_project("p")
    also = folder / "also"
    also.mkdir()
    blocks = 0

    def pulled(descriptor: int, buffer: memoryview, offset: int) -> int:
        nonlocal blocks
        blocks += 1
        if blocks == 3:
            subprocess.run(["umount", "--lazy", card], check=True)
        return read_block(descriptor, buffer, offset)

    limits = BatchLimits(files=2, bytes=1 << 20)
    try:
        offload_card(studio.catalog, studio.folder, project, card, [also], limits=limits, read=pulled)
        error = ""
    except EngineError as raised:
        error = raised.message
    status = offload_status(find_offload(studio.folder, project, None), studio.folder)
    partial = [path.name for path in also.rglob("*") if ".partial" in path.name]
    subprocess.run(["mount", "--bind", kept, card], check=True)
    again = offload_card(studio.catalog, studio.folder, project, card, [also], limits=limits)
    print(
        json.dumps(
            {
                "error": error,
                "safe": status.safe,
                "states": [file.state for file in status.files],
                "partial": partial,
                "again": again.status.safe,
                "read_again": again.bytes_read,
                "bytes": again.status.bytes,
            }
        )
    )


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
