"""Paths of files in a studio folder, as one machine names them to another."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator

from engine.errors import EngineError

_LONGEST = 1024


def _relative(path: str) -> str:
    parts = path.split("/")
    if len(path) > _LONGEST or "\0" in path or any(part in ("", ".", "..") for part in parts):
        raise ValueError("The path is not one below a studio folder.")
    return path


RelativePath = Annotated[str, AfterValidator(_relative)]
"""A path below a folder, with `/`: not absolute, and without empty parts, `.` and `..`."""


def path_below(folder: Path, path: str) -> Path:
    """Return the place of a relative path, and create its folders. No part of it may be a symbolic link.

    A job that ran in the folder could have put a link there, to make its supervisor write elsewhere. Raises EngineError
    if there is one, OSError.
    """
    place = folder
    *parents, name = _relative(path).split("/")
    for part in parents:
        place = place / part
        if not os.path.lexists(place):
            place.mkdir(mode=0o700)
        elif not stat.S_ISDIR(place.lstat().st_mode):
            raise EngineError(f"{place} is not a folder.", "Delete it, then run this again.")
    target = place / name
    if os.path.lexists(target) and not stat.S_ISREG(target.lstat().st_mode):
        raise EngineError(f"{target} is not a file.", "Delete it, then run this again.")
    return target
