"""Lookup tables of users (.cube, CLF and others that OpenColorIO reads), baked as a cube in ACEScct."""

from __future__ import annotations

import math
import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import PyOpenColorIO as OCIO  # noqa: N814 (the name in its documentation)

from engine.errors import RequestError
from engine.picture.color import CONFIG, Floats
from engine.suggestion import hint_with_suggestion

# Nodes per channel where the file is more than a cube in ACEScct. Grids of 17, 33 and 65 nodes are parts of it.
_STEPS = 129
_LARGEST_FILE = 256 << 20
_TAG = re.compile(r"<[^>]*>")
_LINE = re.compile(r"[Aa]t line \(?(\d+)\)?")
_REASON = re.compile(r"failed with: (.*?)(?=\s*'[\w /]+' failed with:|\Z)", re.DOTALL)


def bake_lut(path: Path, input_space: str, output_space: str) -> Floats:
    """A file as a cube (n, n, n, 3) of ACEScct codes, indexed by ACEScct codes 0–1 of red, green, blue.

    `input_space` and `output_space` are the colour spaces that the file maps, by names or aliases of the pinned config.
    Interpolated by tetrahedra, the cube of a file with one cube in ACEScct is exact. Raises RequestError, with the line
    where it is known, if the file is missing or damaged, and for an unknown colour space.
    """
    spaces = color_space(input_space), color_space(output_space)
    _refuse_unreadable(path)
    # OpenColorIO caches files by their paths.
    OCIO.ClearAllCaches()
    file = OCIO.FileTransform(str(path.resolve()), interpolation=OCIO.INTERP_TETRAHEDRAL)
    try:
        steps = _steps(_config().getProcessor(file), spaces)
        processor = _config().getProcessor(
            OCIO.GroupTransform(
                [OCIO.ColorSpaceTransform("ACEScct", spaces[0]), file, OCIO.ColorSpaceTransform(spaces[1], "ACEScct")]
            )
        )
    except OCIO.Exception as problem:
        raise _refused(path, str(problem)) from problem
    codes = np.arange(steps, dtype=np.float32) / np.float32(steps - 1)
    nodes = np.ascontiguousarray(np.stack(np.meshgrid(codes, codes, codes, indexing="ij"), -1))
    processor.getOptimizedCPUProcessor(OCIO.OPTIMIZATION_LOSSLESS).applyRGB(nodes.reshape(-1, 3))
    if not np.isfinite(nodes).all():
        raise RequestError(
            f"{path} makes values that are not numbers.", "Export it again, with finite numbers in every row."
        )
    return nodes


def color_space(name: str) -> str:
    """The full name of a colour space. Raises RequestError, with a suggestion, for an unknown one."""
    found = str(_config().getCanonicalName(name))
    if not found:
        known = list(_config().getColorSpaceNames())
        raise RequestError(
            f"There is no colour space “{name}”.",
            hint_with_suggestion(name, known, f"Use a name of {CONFIG}, for example ACEScct or Camera Rec.709."),
        )
    return found


@cache
def _config() -> Any:
    config = OCIO.Config.CreateFromFile(CONFIG)
    # Its own cache would return a file's earlier contents.
    config.setProcessorCacheFlags(OCIO.PROCESSOR_CACHE_OFF)
    return config


def _steps(processor: Any, spaces: tuple[str, str]) -> int:
    """The file's own number of nodes if it is one cube in ACEScct."""
    steps = list(processor.createGroupTransform())
    if spaces == ("ACEScct", "ACEScct") and len(steps) == 1 and isinstance(steps[0], OCIO.Lut3DTransform):
        return int(steps[0].getGridSize())
    return _STEPS


def _refuse_unreadable(path: Path) -> None:
    """Raises RequestError for a missing or huge file, and for a row that is not finite: some are read as 0."""
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise RequestError(f"{path} is too large for a LUT.", f"A LUT has at most {_LARGEST_FILE >> 20} MiB.")
        text = path.read_bytes().decode("utf-8", "replace")
    except OSError as problem:
        raise RequestError(
            f"The LUT {path} cannot be read: {problem.strerror}.", "Correct the path, or copy the file there."
        ) from problem
    for number, line in enumerate(text.splitlines(), 1):
        if "n" in line.lower() and not _finite(_TAG.sub(" ", line).split()):
            raise RequestError(
                f"{path}, line {number}: “{line.strip()[:80]}” is not finite.",
                "Export the LUT again, or correct this line.",
            )


def _finite(words: list[str]) -> bool:
    """False for a row of numbers of which one is not finite."""
    try:
        return all(math.isfinite(number) for number in list(map(float, words)))
    except ValueError:
        return True


def _refused(path: Path, said: str) -> RequestError:
    reasons = [" ".join(reason.split()) for reason in _REASON.findall(said)]
    reason = next((reason for reason in reasons if _LINE.search(reason)), next(iter(reasons), "unknown format"))
    place = _LINE.search(reason)
    short = re.sub(r"Error parsing .*?\)\.\s*", "", reason).strip()
    short = re.sub(r"^[Aa]t line \(?\d+\)?:\s*", "", short).rstrip(".")
    where = f"{path}, line {place[1]}" if place else str(path)
    return RequestError(
        f"{where}: this is not a LUT: {short}.", "Use a .cube, .clf or other file that OpenColorIO reads."
    )
