"""Defocus by depth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import ClassVar

from pydantic import Field

from engine.effects.depth_scale import DepthEffect
from engine.effects.frame import FrameContext
from engine.effects.pass_builder import PassBuilder
from engine.effects.sources import DEPTH, require_source
from engine.render import F32, PICTURE, Constant, Image, IVec2, PixelPass, PointPass, Spec, Uniforms

# A larger disc is collected from cells of several pixels.
_CELLS = 6


class DefocusEffect(DepthEffect):
    """Makes discs of what is not in focus, as a thin lens would. Alpha is not changed.

    Raises RequestError from `build` if there is no depth.
    """

    kind: ClassVar[str] = "defocus"
    needs: ClassVar[str | None] = DEPTH
    fades: ClassVar[tuple[str, ...]] = ("blur",)

    focus: float = Field(2.5, ge=0.1, le=10000, description="Distance that is sharp, in metres.")
    blur: float = Field(0.8, ge=0, le=4, description="Radius of a point at infinity, in % of the height.")
    limit: float = Field(1.5, ge=0.1, le=4, description="Largest radius, in % of the height.")

    def build(self, passes: PassBuilder, picture: str) -> str:
        """Cells, discs, and the picture with them."""
        frame = passes.frame
        depth = require_source(passes, DEPTH, self.kind)
        cell = self._cell(frame)
        given = passes.image(picture)
        values = DefocusUniforms(
            origin=(frame.x, frame.y),
            first=(frame.x // cell, frame.y // cell),
            focus=self.focus,
            blur=self.blur / 100 * frame.height,
            limit=self.limit / 100 * frame.height,
            near=self.near,
            far=self.far,
        )
        columns, rows = (
            -(-(start + length) // cell) - start // cell
            for start, length in ((frame.x, given.width), (frame.y, given.height))
        )
        relative = self.is_relative(passes)
        cells = passes.add(
            DefocusCellsPass(values, cell, relative, columns, rows), "cells", picture=picture, depth=depth
        )
        discs = passes.add_all(DefocusDiscsPass(cell, self._radius(frame)), "discs", cells=cells)
        final = DefocusPass(values, cell, relative)
        return passes.add(final, "defocused", picture=picture, depth=depth, **discs)

    def reach(self, frame: FrameContext) -> int:
        """The largest radius, and the cells at its end."""
        return (self._radius(frame) + 3) * self._cell(frame)

    def _cell(self, frame: FrameContext) -> int:
        return max(1, ceil(self.limit / 100 * frame.height / _CELLS))

    def _radius(self, frame: FrameContext) -> int:
        """The largest radius in cells."""
        return ceil(self.limit / 100 * frame.height / self._cell(frame))


@dataclass(frozen=True)
class DefocusUniforms(Uniforms):
    """See shaders/effects/defocus_cells.wgsl."""

    origin: IVec2
    first: IVec2
    focus: F32
    blur: F32
    limit: F32
    near: F32
    far: F32


class DefocusCellsPass(PixelPass):
    """The light of cells, and the radius of their discs."""

    shader = "effects/defocus_cells.wgsl"
    common = ("common/depth.wgsl",)
    inputs: ClassVar[Mapping[str, str]] = {"picture": PICTURE, "depth": PICTURE}
    outputs = ("cells",)
    uniforms = DefocusUniforms

    def __init__(self, values: DefocusUniforms, cell: int, relative: bool, columns: int, rows: int) -> None:
        super().__init__(values)
        self._cell, self._relative = cell, relative
        self._made = Image(columns, rows, "rgba32float")

    def constants(self) -> Mapping[str, Constant]:
        """The size of a cell, and the unit of the depth."""
        return {"CELL": self._cell, "RELATIVE": self._relative}

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        """A pixel for each cell."""
        return {"cells": self._made}


class DefocusDiscsPass(PixelPass):
    """The discs that reach each cell, from before it and from elsewhere."""

    shader = "effects/defocus_discs.wgsl"
    inputs: ClassVar[Mapping[str, str]] = {"cells": PICTURE}
    outputs = ("front", "soft")

    def __init__(self, cell: int, radius: int) -> None:
        super().__init__()
        self._cell, self._radius = cell, radius

    def constants(self) -> Mapping[str, Constant]:
        """The size of a cell, and the largest radius in cells."""
        return {"CELL": self._cell, "REACH": self._radius}


class DefocusPass(PointPass):
    """Puts the discs into the picture."""

    shader = "effects/defocus.wgsl"
    common = ("common/depth.wgsl",)
    inputs: ClassVar[Mapping[str, str]] = {"picture": PICTURE, "front": PICTURE, "soft": PICTURE, "depth": PICTURE}
    outputs = ("defocused",)
    uniforms = DefocusUniforms

    def __init__(self, values: DefocusUniforms, cell: int, relative: bool) -> None:
        super().__init__(values)
        self._cell, self._relative = cell, relative

    def constants(self) -> Mapping[str, Constant]:
        """The size of a cell, and the unit of the depth."""
        return {"CELL": self._cell, "RELATIVE": self._relative}
