"""Collects the rows of a science picture, and writes them as OpenEXR and PNG."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.science.exr_parts import ExrPart, UprightRows, write_parts
from engine.science.picture_record import ATTRIBUTE, PictureRecord
from engine.science.scratch_plane import ScratchPlane, ScratchRows
from engine.science.still import write_still

_HALF_MAX = np.float32(65504)
# The chromaticities of ACEScg (AP1).
_AP1 = (0.713, 0.293, 0.165, 0.830, 0.128, 0.044, 0.32168, 0.33767)
_ROWS = 1024


class PictureCanvas:
    """A picture of `shape` (rows, columns), in files of `scratch`. Rows arrive from the bottom; files begin at the top.

    Colour and coverage are RGBA in half floats.
    """

    def __init__(self, shape: tuple[int, int], scratch: Path) -> None:
        rows, columns = shape
        self.shape, self._scratch = shape, scratch
        self.light = ScratchPlane(scratch / "density", shape)
        """The density by rows from the bottom, NaN where nothing is covered."""
        self._color = ScratchRows(scratch / "color", (rows, columns, 4), np.dtype(np.float16))
        self._sum, self._count = 0.0, 0

    @property
    def covered_share(self) -> float:
        """The share of pixels that are covered."""
        return self._count / (self.shape[0] * self.shape[1])

    def add(
        self, top: int, color: NDArray[np.float32], density: NDArray[np.float32], covered: NDArray[np.bool_]
    ) -> None:
        """Add rows from `top` on."""
        light = np.empty((*covered.shape, 4), np.float16)
        light[..., :3] = np.clip(color, -_HALF_MAX, _HALF_MAX)
        light[..., 3] = covered
        self._color.write(top, light)
        self.light.write(top, np.where(covered, density, np.float32(np.nan)))
        self._sum += float(density[covered].sum(dtype=np.float64))
        self._count += int(covered.sum())

    def write(self, color: Path, still: Path, record: PictureRecord) -> None:
        """Write the OpenEXR file with colour, coverage and density, and a still as an SDR deliverable shows it."""
        write_parts(color, self._parts(record), self._scratch)
        write_still(still, self._codes(), record)

    def reduced_codes(self, step: int) -> NDArray[np.uint8]:
        """Display code values of every `step`-th pixel, (rows, columns, 3), the first row at the top."""
        from engine.picture import view_rgb8_of

        rows = self.shape[0]
        strips = [
            self._upright(top, min(rows, top + _ROWS))[(-top) % step :: step, ::step, :3]
            for top in range(0, rows, _ROWS)
        ]
        return view_rgb8_of(np.concatenate(strips))

    def _codes(self) -> Iterator[NDArray[np.uint8]]:
        """Display code values by strips from the top."""
        from engine.picture import view_rgb8_of

        rows = self.shape[0]
        for top in range(0, rows, _ROWS):
            yield view_rgb8_of(self._upright(top, min(rows, top + _ROWS))[..., :3])

    def _upright(self, top: int, bottom: int) -> NDArray[np.float16]:
        """Rows counted from the top."""
        rows = self.shape[0]
        return self._color.read(rows - bottom, rows - top)[::-1]

    def _parts(self, record: PictureRecord) -> tuple[ExrPart, ...]:
        mean = self._sum / max(self._count, 1)
        scale = 1 / (mean if abs(mean) > 1e-12 else 1.0)
        channels = {name: _Channel(self._color, place) for place, name in enumerate("RGBA")}
        about = {"chromaticities": _AP1, ATTRIBUTE: record.model_dump_json()}
        density = UprightRows(self.light, scale=scale, empty=0.0)
        return (
            ExrPart("color", channels, about),
            ExrPart("density", {"Y": density}, {"cleanwater:mean": f"{mean:.9g}"}),
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Channel:
    """A channel of rows from the bottom, as rows from the top."""

    rows: ScratchRows
    place: int

    @property
    def shape(self) -> tuple[int, int]:
        height, columns, _ = self.rows.shape
        return height, columns

    def __getitem__(self, rows: slice, /) -> NDArray[Any]:
        height, _ = self.shape
        top, bottom, _ = rows.indices(height)
        return self.rows.read(height - bottom, height - top)[::-1, :, self.place]
