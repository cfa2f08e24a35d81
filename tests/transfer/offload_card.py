"""A card with footage and other files, and an offload of it in this process."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from engine.catalog import Project
from engine.studio import Studio
from engine.transfer.offload import BatchLimits, OffloadResult, OffloadStatus, offload_card

SMALL_BATCHES = BatchLimits(files=2, bytes=1 << 20)


def write_card(card: Path, take: Path) -> Path:
    """Write a card: a take with a sidecar, other files, an empty folder. Return its folder."""
    (card / "DCIM" / "100APPLE").mkdir(parents=True)
    (card / "MISC" / "EMPTY").mkdir(parents=True)
    os.link(take, card / "DCIM" / "100APPLE" / "IMG_0001.MOV")
    (card / "DCIM" / "100APPLE" / "IMG_0001.XMP").write_text("<xmp/>")
    (card / "MISC" / "INDEX.DAT").write_bytes(bytes(range(256)) * 300)
    (card / "MISC" / "NOTE.TXT").write_text("roll 7")
    return card


def offload(
    studio: Studio, project: Project, card: Path, *also: Path, limits: BatchLimits = SMALL_BATCHES, **options: Callable
) -> OffloadResult:
    """Offload a card in small batches."""
    return offload_card(studio.catalog, studio.folder, project, card, also, limits=limits, **options)


def states(status: OffloadStatus) -> dict[str, str]:
    """The state of each file by its name."""
    return {Path(file.path).name: file.state for file in status.files}


def tree(folder: Path) -> dict[str, bytes]:
    """The content of each file below a folder but histories, by path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "ascmhl" not in path.parts
    }
