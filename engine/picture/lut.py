"""Lookup tables of users (.cube, CLF and others that OpenColorIO reads), prepared for the GPU."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import PyOpenColorIO as OCIO  # noqa: N814 (the name in its documentation)
from numpy.typing import NDArray

from engine.errors import RequestError
from engine.picture.color import CONFIG, Floats
from engine.suggestion import hint_with_suggestion

# Nodes per channel where the file is more than a cube. Grids of 17, 33 and 65 nodes are parts of it.
_STEPS = 129
CURVE_STEPS = 2048
CURVE_DOMAIN = (-0.6, 1.12)
"""The ACEScct codes of the first and last step of `LutCurves.codes`: light from -0.064 to 955."""
_LARGEST_FILE = 256 << 20
_TAG = re.compile(r"<[^>]*>")
_LINE = re.compile(r"[Aa]t line \(?(\d+)\)?")
_REASON = re.compile(r"failed with: (.*?)(?=\s*'[\w /]+' failed with:|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class LutCurves:
    """The way from ACEScg to the codes of a cube, and from its results back.

    `to_linear` is the matrix from ACEScg to linear light of the space before the cube. `codes` has its codes for light
    at CURVE_STEPS even steps of ACEScct over CURVE_DOMAIN. `light` has linear light of the space after the cube for
    CURVE_STEPS codes from 0 to 1, and `to_acescg` is the matrix back.
    """

    to_linear: NDArray[np.float64]
    codes: Floats
    light: Floats
    to_acescg: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class BakedLut:
    """A cube (n, n, n, 3) of codes, indexed by codes 0–1 of red, green, blue: of ACEScct without `curves`."""

    nodes: Floats
    curves: LutCurves | None = None


def bake_lut(path: Path, input_space: str, output_space: str) -> BakedLut:
    """A file as a cube to be interpolated by tetrahedra, as OpenColorIO does.

    `input_space` and `output_space` are the colour spaces that the file maps, by names or aliases of the pinned config.
    A file with one cube keeps its nodes if both spaces have a matrix and a curve; any other file is sampled in ACEScct.
    Raises RequestError, with the line where it is known, if the file is missing or damaged, and for an unknown colour
    space.
    """
    spaces = color_space(input_space), color_space(output_space)
    _refuse_unreadable(path)
    # OpenColorIO caches files by their paths.
    OCIO.ClearAllCaches()
    file = OCIO.FileTransform(str(path.resolve()), interpolation=OCIO.INTERP_TETRAHEDRAL)
    try:
        steps = _own_steps(_config().getProcessor(file))
    except OCIO.Exception as problem:
        raise _refused(path, str(problem)) from problem
    direct = spaces == ("ACEScct", "ACEScct")
    curves = _curves(*spaces) if steps and not direct else None
    chain = [file]
    if not steps or not (direct or curves):
        steps = _STEPS
        chain = [OCIO.ColorSpaceTransform("ACEScct", spaces[0]), file, OCIO.ColorSpaceTransform(spaces[1], "ACEScct")]
    codes = np.arange(steps, dtype=np.float32) / np.float32(steps - 1)
    nodes = _applied(OCIO.GroupTransform(chain), np.stack(np.meshgrid(codes, codes, codes, indexing="ij"), -1))
    if not np.isfinite(nodes).all():
        raise RequestError(
            f"{path} makes values that are not numbers.", "Export it again, with finite numbers in every row."
        )
    return BakedLut(nodes, curves)


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


def _applied(transform: Any, pixels: NDArray[Any]) -> Floats:
    made = np.array(pixels, np.float32, order="C")
    processor = _config().getProcessor(transform).getOptimizedCPUProcessor(OCIO.OPTIMIZATION_LOSSLESS)
    processor.applyRGB(made.reshape(-1, 3))
    return made


def _own_steps(processor: Any) -> int:
    """The number of nodes of a file that is one cube, otherwise 0."""
    steps = list(processor.createGroupTransform())
    return int(steps[0].getGridSize()) if len(steps) == 1 and isinstance(steps[0], OCIO.Lut3DTransform) else 0


def _curves(input_space: str, output_space: str) -> LutCurves | None:
    """The way through two spaces, None if one of them is more than a matrix and the same curve for each channel."""
    before = _split(OCIO.ColorSpaceTransform("ACEScg", input_space))
    after = _split(OCIO.ColorSpaceTransform("ACEScg", output_space))
    if before is None or after is None:
        return None
    steps = np.linspace(*CURVE_DOMAIN, CURVE_STEPS)
    light = _applied(OCIO.ColorSpaceTransform("ACEScct", "ACEScg"), np.repeat(steps[:, None], 3, 1))
    codes = np.repeat(np.linspace(0, 1, CURVE_STEPS)[:, None], 3, 1)
    back = OCIO.GroupTransform(after[1])
    back.setDirection(OCIO.TRANSFORM_DIR_INVERSE)
    return LutCurves(
        before[0],
        np.ascontiguousarray(_applied(OCIO.GroupTransform(before[1]), light)[:, 0]),
        np.ascontiguousarray(_applied(back, codes)[:, 0]),
        np.asarray(np.linalg.inv(after[0]), np.float64),
    )


def _split(transform: Any) -> tuple[NDArray[np.float64], list[Any]] | None:
    """The matrix and the steps of a curve, None if the steps mix channels or treat them differently."""
    processor = _config().getProcessor(transform).getOptimizedProcessor(OCIO.OPTIMIZATION_LOSSLESS)
    steps = list(processor.createGroupTransform())
    matrix = np.eye(3)
    if steps and isinstance(steps[0], OCIO.MatrixTransform):
        matrix = np.array(steps.pop(0).getMatrix()).reshape(4, 4)[:3, :3]
    colors = np.array([[0.02, 0.18, 0.9], [0.9, 0.02, 0.18], [0.18, 0.9, 0.02]])
    whole = _applied(OCIO.GroupTransform(steps), colors)
    alone = _applied(OCIO.GroupTransform(steps), np.repeat(colors.reshape(9, 1), 3, 1))
    return (matrix, steps) if np.allclose(whole.reshape(9), alone[:, 0], atol=1e-6) else None


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
