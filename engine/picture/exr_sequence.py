"""Numbered OpenEXR frames as sequences: which files belong together, and at which tick each is shown."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from engine.errors import RequestError

_NUMBERED = re.compile(r"^(?P<stem>.*?)(?P<number>\d+)\.exr$", re.IGNORECASE)
_PATTERN = re.compile(r"^(?P<stem>[^#]*)#+\.exr$", re.IGNORECASE)
# Numbers farther apart than this many ticks a frame are names, not times.
_MOST_TICKS_A_FRAME = 64


def is_pattern(path: Path) -> bool:
    """Whether a path names one sequence among others, such as `shot/beauty.####.exr`, and no file."""
    return bool(_PATTERN.match(path.name)) and not path.exists()


def sequence_patterns(folder: Path) -> list[Path]:
    """The sequences in a folder by the part of their names before the number, each as a pattern; a frame that is
    alone is its own path. In name order; none where the folder cannot be read."""
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
    """What a sequence is called: its pattern without the number and what separates it."""
    found = _PATTERN.match(pattern.name) or _NUMBERED.match(pattern.name)
    return (found["stem"].rstrip(" ._-") if found else pattern.stem) or "frames"


def sequence_files(path: Path) -> list[Path]:
    """The frames of a folder, of a pattern, or one frame by itself, in the order of their numbers.

    RequestError where there are none.
    """
    pattern = _PATTERN.match(path.name) if is_pattern(path) else None
    if pattern is None and not path.is_dir():
        return [path]
    folder = path.parent if pattern else path
    try:
        names = [name for name in os.listdir(folder) if not name.startswith(".")]
    except OSError as problem:
        raise RequestError(f"{folder} cannot be read: {problem.strerror}.", "Check the name and its rights.") from None
    numbered = sorted(
        (int(found["number"]), name)
        for name in names
        if (found := _NUMBERED.match(name)) and (pattern is None or found["stem"] == pattern["stem"])
    )
    if not numbered:
        raise RequestError(f"{path} holds no numbered EXR frames.", "Name a folder with files like shot.0001.exr.")
    return [folder / name for _, name in numbered]


def frame_number(path: Path) -> int:
    """The number in a frame's name; 0 where there is none."""
    found = _NUMBERED.match(path.name)
    return int(found["number"]) if found else 0


def frame_step(files: Sequence[Path]) -> int:
    """By how much the numbers of a sequence go up from frame to frame; 0 where they are no times at all."""
    numbers = [frame_number(path) for path in files]
    steps = [after - before for before, after in pairwise(numbers)]
    step = min(steps, default=1)
    if step < 1 or any(one % step for one in steps):
        step = min(step, 1)
    if step and (numbers[-1] - numbers[0]) // step > _MOST_TICKS_A_FRAME * len(numbers):
        return 0
    return step


def frame_ticks(files: Sequence[Path]) -> list[int]:
    """The tick of each frame: a number that is left out leaves its tick empty."""
    step = frame_step(files)
    if not step:
        return list(range(len(files)))
    first = frame_number(files[0])
    return [(frame_number(path) - first) // step for path in files]
