"""Disk space reserved in the studio folder, so that job results can be recorded when the disk is full."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

from engine.atomic_files import make_folder

_SIZE = 2 << 20
# Below this, the reserve is not allocated again: it would fill the disk.
_MIN_FREE_BYTES = 64 << 20


class DiskReserve:
    """A file of zeros that is deleted when the catalog needs space."""

    def __init__(self, studio: Path) -> None:
        self._path = studio / "work" / "reserve"

    def allocate(self) -> None:
        """Writes the reserve file if it is missing and at least 64 MiB are free."""
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
        """Deletes the reserve file. Returns whether there was one."""
        try:
            self._path.unlink()
        except OSError:
            return False
        return True
