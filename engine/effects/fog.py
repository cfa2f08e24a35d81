"""Fog by depth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import log
from typing import ClassVar

from pydantic import Field

from engine.effects.depth_scale import DepthEffect
from engine.effects.pass_builder import PassBuilder
from engine.effects.sources import DEPTH, require_source
from engine.render import F32, PICTURE, Constant, PointPass, Uniforms, Vec4

# Koschmieder's visibility: 2 % of the contrast are left.
_VISIBLE_CONTRAST = 0.02


class FogEffect(DepthEffect):
    """Mixes the picture with the light of fog, by the distance.

    Raises RequestError from `build` if there is no depth.
    """

    kind: ClassVar[str] = "fog"
    needs: ClassVar[str | None] = DEPTH
    fades: ClassVar[tuple[str, ...]] = ("limit",)

    visibility: float = Field(
        150.0, ge=1, le=100000, description="Distance at which 2 % of the contrast are left, in metres."
    )
    start: float = Field(0.0, ge=0, le=10000, description="Distance at which the fog begins, in metres.")
    limit: float = Field(1.0, ge=0, le=1, description="Largest share of the fog, for example to keep a sky.")
    red: float = Field(0.42, ge=0, le=100, description="Red light of the fog; middle grey is 0.18.")
    green: float = Field(0.45, ge=0, le=100, description="Green light of the fog.")
    blue: float = Field(0.5, ge=0, le=100, description="Blue light of the fog.")

    def build(self, passes: PassBuilder, picture: str) -> str:
        """One pointwise pass."""
        values = FogUniforms(
            color=(self.red, self.green, self.blue, 0.0),
            density=-log(_VISIBLE_CONTRAST) / self.visibility,
            start=self.start,
            limit=self.limit,
            near=self.near,
            far=self.far,
        )
        depth = require_source(passes, DEPTH, self.kind)
        return passes.add(FogPass(values, self.is_relative(passes)), "fogged", picture=picture, depth=depth)


@dataclass(frozen=True)
class FogUniforms(Uniforms):
    """See shaders/effects/fog.wgsl."""

    color: Vec4
    density: F32
    start: F32
    limit: F32
    near: F32
    far: F32


class FogPass(PointPass):
    """Adds fog."""

    shader = "effects/fog.wgsl"
    common = ("common/depth.wgsl",)
    inputs: ClassVar[Mapping[str, str]] = {"picture": PICTURE, "depth": PICTURE}
    outputs = ("fogged",)
    uniforms = FogUniforms

    def __init__(self, values: FogUniforms, relative: bool) -> None:
        super().__init__(values)
        self._relative = relative

    def constants(self) -> Mapping[str, Constant]:
        """The unit of the depth."""
        return {"RELATIVE": self._relative}
