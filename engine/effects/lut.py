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
from engine.render import F32, Constant, PointPass, Table, Uniforms


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
        nodes = lut_table(Path(self.file), self.input_space, self.output_space or self.input_space)
        return passes.add(LutPass(LutUniforms(self.amount), nodes), "looked", picture=picture)


def lut_table(path: Path, input_space: str, output_space: str) -> Table:
    """The nodes of a file for the GPU, read once for each version of the file. Errors as `bake_lut`."""
    stamp = None
    # `bake_lut` names what is wrong.
    with suppress(OSError):
        stamp = read_stamp(path)
    return _read(path, stamp, input_space, output_space)


@lru_cache(maxsize=8)
def _read(path: Path, stamp: FileStamp, input_space: str, output_space: str) -> Table:
    import numpy as np

    from engine.picture import bake_lut

    nodes = bake_lut(path, input_space, output_space)
    padded = np.zeros((*nodes.shape[:3], 4), np.float32)
    padded[..., :3] = nodes
    return Table(padded, "texture_storage_3d<rgba32float, read>", "rgba32float")


@dataclass(frozen=True)
class LutUniforms(Uniforms):
    """See shaders/effects/lut.wgsl."""

    share: F32


class LutPass(PointPass):
    """Looks colours up in a cube."""

    shader = "effects/lut.wgsl"
    common = ("common/exponents.wgsl", "common/acescct.wgsl")
    outputs = ("looked",)
    uniforms = LutUniforms

    def __init__(self, values: LutUniforms, nodes: Table) -> None:
        super().__init__(values)
        self._nodes = nodes

    def constants(self) -> Mapping[str, Constant]:
        """The number of nodes per channel."""
        return {"STEPS": int(self._nodes.values.shape[0])}

    def tables(self) -> Mapping[str, Table]:
        """The cube."""
        return {"nodes": self._nodes}
