"""A folder on a real file system that ignores case in names, where this machine has or can make one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_SIZE = 64 << 20
# Tools that make one in an image, and how its loop device is mounted. The kernel's own come first.
_KINDS = (
    ("mkfs.vfat", ("mkfs.vfat",), ("mount", "-t", "vfat", "-o", "utf8,shortname=mixed")),
    ("mkfs.exfat", ("mkfs.exfat",), ("mount", "-t", "exfat")),
    ("mount.exfat-fuse", ("mkfs.exfat",), ("mount.exfat-fuse",)),
)
_MISSING = "needs a file system that ignores case: a Mac's own, or root on Linux with vfat, exfat or exfat-fuse"


def ignores_case(folder: Path) -> bool:
    """Whether the file system of a folder takes `A` and `a` for one name."""
    probe = folder / "Case.probe"
    probe.touch()
    try:
        return (folder / "cASE.PROBE").exists()
    finally:
        probe.unlink()


@contextmanager
def folding_disk(folder: Path) -> Iterator[Path]:
    """A folder on such a file system, in or at `folder`. Skips the test where there is none."""
    folder.mkdir()
    if ignores_case(folder):
        yield folder
        return
    if sys.platform != "linux" or os.geteuid() != 0 or not shutil.which("losetup", path=_path()):
        pytest.skip(_MISSING)
    image = folder.with_suffix(".img")
    with image.open("wb") as file:
        file.truncate(_SIZE)
    device = _run("losetup", "--find", "--show", str(image))
    if device is None:
        pytest.skip(_MISSING)
    try:
        for tool, make, mount in _KINDS:
            if not shutil.which(tool, path=_path()) or _run(*make, str(image)) is None:
                continue
            # The device shows what was written to its file only when it is attached again.
            _run("blockdev", "--flushbufs", device)
            if _run(*mount, device, str(folder)) is not None and os.path.ismount(folder):
                break
        else:
            pytest.skip(_MISSING)
        try:
            assert ignores_case(folder)
            yield folder
        finally:
            _run("umount", str(folder))
    finally:
        _run("losetup", "--detach", device)


def _path() -> str:
    return f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"


def _run(*command: str) -> str | None:
    """The output of a command, or None if it fails."""
    environment = {**os.environ, "PATH": _path()}
    found = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    return found.stdout.strip() if found.returncode == 0 else None
