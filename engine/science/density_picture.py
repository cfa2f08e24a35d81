"""A false-colour picture of the density of a science picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.errors import RequestError
from engine.policy import Permission
from engine.science.levels import CurveName, percentiles, stretched
from engine.science.palettes import palette
from engine.science.plane import ArrayPlane

_SHARES = (0.5, 99.9)
_SOFTNESS = 0.05


def write_density(permission: Permission, color: Path, path: Path, name: str, curve: CurveName = "log") -> None:
    """Write the density of NAME.color.exr as PNG in the colours of a palette, by a curve between its percentiles.

    The file keeps the density itself, without a limit. Raises PolicyError without the permission to export,
    RequestError for a file without a density or an unknown palette, EngineError if the file cannot be written.
    """
    import OpenEXR

    from engine.picture import write_png

    permission.check("export")
    colors = palette(name)
    if not color.is_file():
        raise RequestError(f"{color} does not exist.", "Name a NAME.color.exr that cwtui science composite wrote.")
    try:
        with OpenEXR.File(str(color), separate_channels=True) as file:
            (density,) = [part.channels["Y"].pixels for part in file.parts if part.name() == "density"]
    except (RuntimeError, OSError, ValueError, KeyError) as problem:
        raise RequestError(
            f"{color} has no density: {problem}", "Choose the NAME.color.exr that cwtui science composite wrote."
        ) from None
    low, high = percentiles(ArrayPlane(density), _SHARES)
    share = stretched((density - np.float32(low)) / np.float32((high - low) or 1.0), curve, _SOFTNESS)
    write_png(path, colors[(np.clip(np.nan_to_num(share), 0, 1) * (len(colors) - 1)).round().astype(np.uint8)])
