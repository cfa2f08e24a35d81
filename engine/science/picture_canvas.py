"""Collects the rows of a science picture, and writes them as OpenEXR and PNG."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.science.exr_parts import ExrPart, write_parts
from engine.science.picture_record import ATTRIBUTE, PictureRecord
from engine.science.scratch_plane import ScratchPlane
from engine.science.still import write_still

_HALF_MAX = np.float32(65504)
# The chromaticities of ACEScg (AP1).
_AP1 = (0.713, 0.293, 0.165, 0.830, 0.128, 0.044, 0.32168, 0.33767)


class PictureCanvas:
    """A picture of `shape` (rows, columns). Rows arrive from the bottom, and files begin at the top."""

    def __init__(self, shape: tuple[int, int], scratch: Path) -> None:
        rows, columns = shape
        self.shape, self._scratch = shape, scratch
        self.light = ScratchPlane(scratch / "density", shape)
        """The density by rows from the bottom, NaN where nothing is covered."""
        self._color = np.zeros((rows, columns, 3), np.float16)
        self._covered = np.zeros((rows, columns), np.bool_)
        self._sum, self._count = 0.0, 0

    @property
    def covered_share(self) -> float:
        """The share of pixels that are covered."""
        return self._count / self._covered.size

    def add(
        self, top: int, color: NDArray[np.float32], density: NDArray[np.float32], covered: NDArray[np.bool_]
    ) -> None:
        """Add rows from `top` on."""
        rows = np.s_[top : top + len(color)]
        self._color[rows] = np.clip(color, -_HALF_MAX, _HALF_MAX)
        self._covered[rows] = covered
        self.light.write(top, np.where(covered, density, np.float32(np.nan)))
        self._sum += float(density[covered].sum(dtype=np.float64))
        self._count += int(covered.sum())

    def write(self, color: Path, still: Path, record: PictureRecord) -> NDArray[np.uint8]:
        """Write the OpenEXR file with colour, coverage and density, and a still as an SDR deliverable shows it.

        Returns the display code values of the picture, (rows, columns, 3), the first row at the top.
        """
        from engine.picture import view_rgb8_of

        mean = self._sum / max(self._count, 1)
        density = self.light.read()[::-1]
        density /= np.float32(mean if abs(mean) > 1e-12 else 1.0)
        np.nan_to_num(density, copy=False)
        upright = self._color[::-1]
        alpha = self._covered[::-1].astype(np.float16)
        channels = {"R": upright[..., 0], "G": upright[..., 1], "B": upright[..., 2], "A": alpha}
        write_parts(
            color,
            [
                ExrPart("color", channels, {"chromaticities": _AP1, ATTRIBUTE: record.model_dump_json()}),
                ExrPart("density", {"Y": density}, {"cleanwater:mean": f"{mean:.9g}"}),
            ],
            self._scratch,
        )
        codes = view_rgb8_of(upright)
        write_still(still, codes, record)
        return codes
