"""The background beside people, by the mask of the people: what effects need to take the two apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, log2
from typing import ClassVar

from engine.effects.frame import FrameContext
from engine.effects.pass_builder import PassBuilder
from engine.render import F32, PICTURE, Constant, Image, IVec2, PixelPass, Spec, Uniforms

# The edge of a person is about so wide, in % of the height.
_EDGE = 0.4
# A Gaussian of this many sigmas.
_REACH = 2.5


@dataclass(frozen=True, slots=True)
class MatteCells:
    """Pictures of the background and of people, in cells of `size` pixels; `first` is the first cell in the picture."""

    background: str
    person: str
    size: int
    first: tuple[int, int]


def matte_cells(passes: PassBuilder, picture: str, mask: str, size: int) -> MatteCells:
    """The mean light in cells; the pass is added once for an effect."""
    frame, given = passes.frame, passes.image(picture)
    first = (frame.x // size, frame.y // size)
    columns, rows = (
        -(-(start + length) // size) - start // size
        for start, length in ((frame.x, given.width), (frame.y, given.height))
    )
    name = f"cells of {size}"
    made = {slot: f"{passes.prefix}{name}: {slot}" for slot in MatteCellsPass.outputs}
    if made["person"] not in passes.specs:
        work = MatteCellsPass(MatteCellsUniforms((frame.x, frame.y), first), size, columns, rows)
        made = passes.add_all(work, name, picture=picture, mask=mask)
    return MatteCells(made["background"], made["person"], size, first)


def light_beside(passes: PassBuilder, picture: str, mask: str) -> MatteCells:
    """The light of the background and of people beside each cell, also across the edges of people."""
    size = edge_cell(passes.frame)
    cells = matte_cells(passes, picture, mask, size)
    sigma = _sigma(passes.frame)
    reach = ceil(_REACH * sigma)
    background, person = (
        passes.add(MatteGatherPass(sigma, reach, disc=False), f"{word} beside", cells=name)
        for word, name in (("background", cells.background), ("person", cells.person))
    )
    return MatteCells(background, person, size, cells.first)


def edge_cell(frame: FrameContext) -> int:
    """The size in pixels of the cells of `light_beside`."""
    return int(2 ** max(0, round(log2(max(_EDGE / 100 * frame.height, 1)))))


def edge_reach(frame: FrameContext) -> int:
    """How many pixels around a pixel `light_beside` depends on, for a bilinear reading."""
    return (ceil(_REACH * _sigma(frame)) + 2) * edge_cell(frame)


def _sigma(frame: FrameContext) -> float:
    """In cells. Less than one cell would not reach behind the edge."""
    return max(1.0, _EDGE / 100 * frame.height / edge_cell(frame))


@dataclass(frozen=True)
class MatteCellsUniforms(Uniforms):
    """See shaders/effects/matte_cells.wgsl."""

    origin: IVec2
    first: IVec2


class MatteCellsPass(PixelPass):
    """The light of the background and of people in cells."""

    shader = "effects/matte_cells.wgsl"
    common = ("common/matte.wgsl",)
    inputs: ClassVar[Mapping[str, str]] = {"picture": PICTURE, "mask": PICTURE}
    outputs = ("background", "person")
    uniforms = MatteCellsUniforms

    def __init__(self, values: MatteCellsUniforms, cell: int, columns: int, rows: int) -> None:
        super().__init__(values)
        self._cell, self._made = cell, Image(columns, rows, "rgba32float")

    def constants(self) -> Mapping[str, Constant]:
        """The size of a cell."""
        return {"CELL": self._cell}

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        """A pixel for each cell."""
        return dict.fromkeys(self.outputs, self._made)


@dataclass(frozen=True)
class MatteGatherUniforms(Uniforms):
    """See shaders/effects/matte_gather.wgsl; `width` is in cells."""

    width: F32


class MatteGatherPass(PixelPass):
    """The mean of the cells in a disc, or by a Gaussian."""

    shader = "effects/matte_gather.wgsl"
    inputs: ClassVar[Mapping[str, str]] = {"cells": PICTURE}
    outputs = ("gathered",)
    uniforms = MatteGatherUniforms

    def __init__(self, width: float, reach: int, *, disc: bool) -> None:
        super().__init__(MatteGatherUniforms(width))
        self._reach, self._disc = reach, disc

    def constants(self) -> Mapping[str, Constant]:
        """The reach in cells, and the shape."""
        return {"REACH": self._reach, "DISC": self._disc}


class MatteGuardPass(PixelPass):
    """The background with less weight in a `width` of so many cells beside people."""

    shader = "effects/matte_guard.wgsl"
    inputs: ClassVar[Mapping[str, str]] = {"background": PICTURE, "person": PICTURE}
    outputs = ("guarded",)
    uniforms = MatteGatherUniforms

    def __init__(self, width: float, reach: int) -> None:
        super().__init__(MatteGatherUniforms(width))
        self._reach = reach

    def constants(self) -> Mapping[str, Constant]:
        """The reach in cells."""
        return {"REACH": self._reach}
