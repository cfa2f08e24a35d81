"""A little room kept back on the studio's disk: what becomes of a job can be written down when it is full."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

from engine.atomic_files import make_folder

_SIZE = 2 << 20
# Not taken again while the disk is all but full: it would only fill it.
_MIN_FREE_BYTES = 64 << 20


class DiskReserve:
    """A file of no content whose room the catalog may have in need."""

    def __init__(self, studio: Path) -> None:
        self._path = studio / "work" / "reserve"

    def allocate(self) -> None:
        """Takes the room, if there is plenty."""
        folder = self._path.parent
        with suppress(OSError):
            make_folder(folder)
            if self._path.exists() or shutil.disk_usage(folder).free < _MIN_FREE_BYTES:
                return
            with self._path.open("wb") as file:
                file.write(bytes(_SIZE))
                file.flush()
                os.fsync(file.fileno())

    def release(self) -> bool:
        """Gives the room free; whether there was any."""
        try:
            self._path.unlink()
        except OSError:
            return False
        return True
