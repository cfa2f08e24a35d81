"""Sequences of numbered OpenEXR frames: their files, and the tick of each frame."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from engine.errors import RequestError

_NUMBERED = re.compile(r"^(?P<stem>.*?)(?P<number>\d+)\.exr$", re.IGNORECASE)
_PATTERN = re.compile(r"^(?P<stem>[^#]*)#+\.exr$", re.IGNORECASE)
# Numbers with more than this many ticks per frame are names, not times.
_MOST_TICKS_A_FRAME = 64


def is_pattern(path: Path) -> bool:
    """Whether a path is a sequence pattern such as `shot/beauty.####.exr`, and not an existing file."""
    return bool(_PATTERN.match(path.name)) and not path.exists()


def sequence_patterns(folder: Path) -> list[Path]:
    """The sequences in a folder, one per name before the number, as patterns; a single frame as its path. Sorted by
    name; empty if the folder cannot be read."""
    try:
        names = sorted(name for name in os.listdir(folder) if not name.startswith("."))
    except OSError:
        return []
    by_stem: dict[str, list[re.Match[str]]] = {}
    for name in names:
        if (found := _NUMBERED.match(name)) and (folder / name).is_file():
            by_stem.setdefault(found["stem"], []).append(found)
    return [
        folder / (f"{stem}{'#' * min(len(one['number']) for one in found)}.exr" if len(found) > 1 else found[0][0])
        for stem, found in by_stem.items()
    ]


def sequence_stem(pattern: Path) -> str:
    """A sequence's name: its pattern without the number and separator."""
    found = _PATTERN.match(pattern.name) or _NUMBERED.match(pattern.name)
    return (found["stem"].rstrip(" ._-") if found else pattern.stem) or "frames"


def sequence_files(path: Path) -> list[Path]:
    """The frames of a folder or a pattern, or a single frame, in numeric order.

    Raises RequestError if there are none.
    """
    pattern = _PATTERN.match(path.name) if is_pattern(path) else None
    if pattern is None and not path.is_dir():
        return [path]
    folder = path.parent if pattern else path
    try:
        names = [name for name in os.listdir(folder) if not name.startswith(".")]
    except OSError as problem:
        raise RequestError(
            f"{folder} cannot be read: {problem.strerror}.", "Check the name and its permissions."
        ) from None
    numbered = sorted(
        (int(found["number"]), name)
        for name in names
        if (found := _NUMBERED.match(name)) and (pattern is None or found["stem"] == pattern["stem"])
    )
    if not numbered:
        raise RequestError(f"{path} has no numbered EXR frames.", "Choose a folder with files such as shot.0001.exr.")
    return [folder / name for _, name in numbered]


def frame_number(path: Path) -> int:
    """The number in a frame's name; 0 if there is none."""
    found = _NUMBERED.match(path.name)
    return int(found["number"]) if found else 0


def frame_step(files: Sequence[Path]) -> int:
    """The increment of frame numbers in a sequence; 0 if the numbers are not times."""
    numbers = [frame_number(path) for path in files]
    steps = [after - before for before, after in pairwise(numbers)]
    step = min(steps, default=1)
    if step < 1 or any(one % step for one in steps):
        step = min(step, 1)
    if step and (numbers[-1] - numbers[0]) // step > _MOST_TICKS_A_FRAME * len(numbers):
        return 0
    return step


def frame_ticks(files: Sequence[Path]) -> list[int]:
    """The tick of each frame; a missing number is a missing tick."""
    step = frame_step(files)
    if not step:
        return list(range(len(files)))
    first = frame_number(files[0])
    return [(frame_number(path) - first) // step for path in files]
