"""Brings a mask from the size of its analysis to that of the picture, with the edges of the picture."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from engine.effects.frame import FrameContext
from engine.effects.pass_builder import PassBuilder
from engine.picture import WHOLE_PICTURE, PictureWindow
from engine.render import PICTURE, Constant, Graph, Image, PixelPass, Plan, Spec, Uniforms, Vec4, open_device

# The size of blocks in cells, and the largest radius: a neighbourhood reaches the blocks beside its own.
_BLOCK = 8
# The neighbourhood has this share of the lines on both sides.
_RADIUS = 1 / 72
_ANALYSED = "analysed"


def add_guided(passes: PassBuilder, name: str, analysed: str, picture: str, window: PictureWindow) -> str:
    """Adds the passes that make the mask `analysed` as large as a picture, which shows a window of it.

    Returns the name of the result, which is `name` with the prefix of `passes`.
    """
    mask, shown = passes.image(analysed), passes.image(picture)
    values = GuidedWindow((window.x, window.y, window.width, window.height))
    blocks = passes.add(GuidedBlocksPass(), f"{name} blocks", analysed=analysed)
    near = passes.add(GuidedNearPass(), f"{name} near", blocks=blocks)
    cells = passes.add(GuidedCellsPass(values, mask.width, mask.height), f"{name} cells", picture=picture, near=near)
    radius = max(2, min(_BLOCK, round(mask.height * _RADIUS)))
    model = passes.add_all(GuidedModelPass(radius), f"{name} model", analysed=analysed, cells=cells, near=near)
    work = GuidedUpsamplePass(values, shown.width, shown.height)
    return passes.add(work, name, picture=picture, analysed=analysed, **model)


def guided_upsample(
    mask: NDArray[np.float32], light: NDArray[np.float32], window: PictureWindow = WHOLE_PICTURE
) -> NDArray[np.float32]:
    """The mask at the size of a picture, for stills and measurements: (height, width), 0 to 1.

    `mask` is (rows, columns), 0 to 1. `light` is scene-linear ACEScg, (height, width, 3), and shows the window of the
    mask. Where the colours of the person and of the background differ, the result has the edges of the picture;
    elsewhere it is bilinear.
    """
    height, width = light.shape[:2]
    device = open_device()
    graph = Graph()
    texels = {
        "picture": np.dstack([light, np.ones((height, width), np.float32)]),
        _ANALYSED: np.ascontiguousarray(mask, np.float32)[..., None],
    }
    formats = {"picture": "rgba32float", _ANALYSED: "r32float"}
    specs: dict[str, Spec] = {name: Image(data.shape[1], data.shape[0], formats[name]) for name, data in texels.items()}
    passes = PassBuilder(FrameContext(width, height), dict(specs))
    result = add_guided(passes, "mask", _ANALYSED, "picture", window)
    for name, spec in specs.items():
        graph.source(name, spec)
    for built in passes.passes:
        graph.add(built.work, built.name, **built.wires)
    plan = Plan(device, graph, [result])
    with ExitStack() as stack:
        sources = {name: stack.enter_context(device.load_picture(data, formats[name])) for name, data in texels.items()}
        with plan.run({name: lease.resource for name, lease in sources.items()})[result] as leased:
            (made,) = device.fetch([leased]).result()
    return np.ascontiguousarray(made.reshape(height, width, -1)[..., 0], np.float32)


@dataclass(frozen=True)
class GuidedWindow(Uniforms):
    """See shaders/effects/guided_cells.wgsl."""

    window: Vec4


class GuidedBlocksPass(PixelPass):
    """The range of a mask in blocks."""

    shader = "effects/guided_blocks.wgsl"
    inputs: ClassVar[Mapping[str, str]] = {"analysed": PICTURE}
    outputs = ("blocks",)

    def constants(self) -> Mapping[str, Constant]:
        """The size of a block in cells."""
        return {"BLOCK": _BLOCK}

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        """A pixel for each block."""
        mask = inputs["analysed"]
        assert isinstance(mask, Image)
        return {"blocks": Image(-(-mask.width // _BLOCK), -(-mask.height // _BLOCK), "rg32float")}


class GuidedNearPass(PixelPass):
    """Which blocks are near an edge of the mask."""

    shader = "effects/guided_near.wgsl"
    inputs: ClassVar[Mapping[str, str]] = {"blocks": PICTURE}
    outputs = ("near",)


class GuidedCellsPass(PixelPass):
    """The light of a picture in the cells of a mask."""

    shader = "effects/guided_cells.wgsl"
    inputs: ClassVar[Mapping[str, str]] = {"picture": PICTURE, "near": PICTURE}
    outputs = ("cells",)
    uniforms = GuidedWindow

    def __init__(self, values: GuidedWindow, columns: int, rows: int) -> None:
        super().__init__(values)
        self._made = Image(columns, rows, "rgba32float")

    def constants(self) -> Mapping[str, Constant]:
        """The size of a block and that of the mask."""
        return {"BLOCK": _BLOCK, "COLUMNS": self._made.width, "ROWS": self._made.height}

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        """A pixel for each cell."""
        return {"cells": self._made}


class GuidedModelPass(PixelPass):
    """The linear function of light that fits a mask around each cell."""

    shader = "effects/guided_model.wgsl"
    inputs: ClassVar[Mapping[str, str]] = {"analysed": PICTURE, "cells": PICTURE, "near": PICTURE}
    outputs = ("factors", "trust")

    def __init__(self, radius: int) -> None:
        super().__init__()
        self._radius = radius

    def constants(self) -> Mapping[str, Constant]:
        """The size of a block, and the radius of a neighbourhood."""
        return {"BLOCK": _BLOCK, "RADIUS": self._radius}

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        """Two pixels for each cell."""
        cells = inputs["cells"]
        assert isinstance(cells, Image)
        return {"factors": cells, "trust": Image(cells.width, cells.height, "r32float")}


class GuidedUpsamplePass(PixelPass):
    """A mask with the edges of a picture. Beside the mask, it is 0."""

    shader = "effects/guided_upsample.wgsl"
    inputs: ClassVar[Mapping[str, str]] = {
        "picture": PICTURE, "analysed": PICTURE, "factors": PICTURE, "trust": PICTURE,
    }  # fmt: skip
    outputs = ("upsampled",)
    uniforms = GuidedWindow

    def __init__(self, values: GuidedWindow, width: int, height: int) -> None:
        super().__init__(values)
        self._made = Image(width, height, "r16float")

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        """One channel at the size of the picture."""
        return {"upsampled": self._made}
