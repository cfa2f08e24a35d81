"""Mounted volumes that may have footage: cards, drives, phones. One class for each system."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

_SYSTEM_MOUNTS = frozenset({"/", "/boot", "/boot/efi", "/efi", "/home", "/usr", "/var", "/tmp"})
_ESCAPE = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class Volume:
    """A mounted volume: its root folder and its name."""

    path: Path
    name: str


class VolumeSource(Protocol):
    """Lists the volumes of a system."""

    def volumes(self) -> Sequence[Volume]:
        """Return the mounted volumes by name, without those of the system itself. It may wait for a slow disk."""


@dataclass(frozen=True, slots=True)
class MacVolumes:
    """Volumes of macOS: the folders of /Volumes. The startup disk is a link there."""

    root: Path = Path("/Volumes")

    def volumes(self) -> Sequence[Volume]:
        """Return the volumes by name."""
        found = [
            Volume(path, path.name)
            for path in _entries(self.root)
            if not path.name.startswith(".") and not path.is_symlink() and path.is_dir()
        ]
        return sorted(found, key=lambda volume: volume.name.casefold())


@dataclass(frozen=True, slots=True)
class LinuxVolumes:
    """Volumes of Linux: mounts below /media, /run/media and /mnt, removable disks anywhere, phones in GVfs."""

    roots: Sequence[Path] = (Path("/media"), Path("/run/media"), Path("/mnt"))
    mounts: Path = Path("/proc/self/mountinfo")
    devices: Path = Path("/sys/dev/block")
    phones: Path = Path(f"/run/user/{os.getuid()}/gvfs")

    def volumes(self) -> Sequence[Volume]:
        """Return the volumes by name."""
        found = {path: Volume(path, path.name) for path in self._mounted()}
        for path in _entries(self.phones):
            if path.name.startswith(("gphoto2:", "mtp:", "afc:")):
                found[path] = Volume(path, f"phone ({path.name.partition('host=')[2] or path.name})")
        return sorted(found.values(), key=lambda volume: volume.name.casefold())

    def _mounted(self) -> Iterator[Path]:
        # proc(5): id, parent, major:minor, root, mount point; octal escapes stand for spaces.
        try:
            lines = self.mounts.read_text("utf-8", "surrogateescape").splitlines()
        except OSError:
            return
        for fields in (line.split(" ") for line in lines):
            if len(fields) < 5:
                continue
            path = Path(_ESCAPE.sub(lambda code: chr(int(code[1], 8)), fields[4]))
            below = any(path.is_relative_to(root) for root in self.roots)
            if (below or self._is_removable(fields[2])) and str(path) not in _SYSTEM_MOUNTS and path.is_dir():
                yield path

    def _is_removable(self, device: str) -> bool:
        """Whether a device, or the disk that it is a partition of, is removable."""
        place = self.devices / device
        for flag in (place / "removable", place.resolve().parent / "removable"):
            try:
                return flag.read_text().strip() == "1"
            except OSError:
                continue
        return False


def system_volumes() -> VolumeSource:
    """Return the volumes of this system."""
    return MacVolumes() if sys.platform == "darwin" else LinuxVolumes()


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []
