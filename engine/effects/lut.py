"""A lookup table of the user: .cube, CLF, and what else OpenColorIO reads."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

from pydantic import Field

from engine.effects.effect import Effect
from engine.effects.pass_builder import PassBuilder
from engine.file_stamp import FileStamp, read_stamp
from engine.render import F32, Constant, PointPass, Rows3, Table, Uniforms, rows3


class LutEffect(Effect):
    """A lookup table from a file.

    The picture is converted to the colour space that the file expects, and its result back to ACEScg. Raises
    RequestError from `build`, with file and line, if the file is missing or damaged.
    """

    kind: ClassVar[str] = "lut"

    file: str = Field(min_length=1, description="The file: .cube, .clf, .3dl, .spi3d and others.")
    input_space: str = Field(
        "ACEScct", description="Colour space that the file expects, a name of OpenColorIO's config."
    )
    output_space: str | None = Field(None, description="Colour space that it returns; by default the same.")
    amount: float = Field(1.0, ge=0, le=1, description="Share of the result; 0 is the picture without it.")

    def build(self, passes: PassBuilder, picture: str) -> str:
        """One pointwise pass."""
        lut = loaded_lut(Path(self.file), self.input_space, self.output_space or self.input_space)
        return passes.add(LutPass(lut, self.amount), "looked", picture=picture)


@dataclass(frozen=True, slots=True, eq=False)
class LoadedLut:
    """The tables of a file for the GPU, and the matrices before and after them."""

    nodes: Table
    curves: Table
    curved: bool
    to_linear: Rows3
    to_acescg: Rows3


def loaded_lut(path: Path, input_space: str, output_space: str) -> LoadedLut:
    """The tables of a file, read once for each version of the file. Errors as `bake_lut`."""
    stamp = None
    # `bake_lut` names what is wrong.
    with suppress(OSError):
        stamp = read_stamp(path)
    return _read(path, stamp, input_space, output_space)


@lru_cache(maxsize=8)
def _read(path: Path, stamp: FileStamp, input_space: str, output_space: str) -> LoadedLut:
    import numpy as np

    from engine.picture import bake_lut

    lut = bake_lut(path, input_space, output_space)
    nodes = np.zeros((*lut.nodes.shape[:3], 4), np.float32)
    nodes[..., :3] = lut.nodes
    known = lut.curves
    curves = np.stack([known.codes, known.light]) if known else np.zeros((2, 2), np.float32)
    return LoadedLut(
        Table(nodes, "texture_storage_3d<rgba32float, read>", "rgba32float"),
        Table(curves[None, :, :, None], "texture_storage_3d<r32float, read>", "r32float"),
        known is not None,
        rows3(known.to_linear if known else np.eye(3)),
        rows3(known.to_acescg if known else np.eye(3)),
    )


@dataclass(frozen=True)
class LutUniforms(Uniforms):
    """See shaders/effects/lut.wgsl."""

    to_linear: Rows3
    to_acescg: Rows3
    share: F32


class LutPass(PointPass):
    """Looks colours up in a cube."""

    shader = "effects/lut.wgsl"
    common = ("common/exponents.wgsl", "common/acescct.wgsl", "common/tetrahedron.wgsl")
    outputs = ("looked",)
    uniforms = LutUniforms

    def __init__(self, lut: LoadedLut, share: float) -> None:
        super().__init__(LutUniforms(lut.to_linear, lut.to_acescg, share))
        self._lut = lut

    def constants(self) -> Mapping[str, Constant]:
        """The number of nodes per channel, and the domain of the curves."""
        from engine.picture import CURVE_DOMAIN, CURVE_STEPS

        low, high = CURVE_DOMAIN
        steps = int(self._lut.nodes.values.shape[0])
        return {"STEPS": steps, "CURVED": self._lut.curved, "CURVE_STEPS": CURVE_STEPS, "LOW": low, "HIGH": high}

    def tables(self) -> Mapping[str, Table]:
        """The cube, and the curves before and after it."""
        return {"nodes": self._lut.nodes, "curves": self._lut.curves}
