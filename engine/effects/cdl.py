"""ASC CDL: the exchange format of primary grades."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import Field

from engine.effects.effect import Effect
from engine.effects.pass_builder import PassBuilder
from engine.render import Constant, PointPass, Uniforms, Vec4


class CdlEffect(Effect):
    """An ASC CDL: (value × slope + offset) ^ power per channel, then saturation with the luma of Rec. 709.

    Values are not clamped to 0–1. The power does not change values below 0. A grade from another program only looks the
    same in that program's working space.
    """

    kind: ClassVar[str] = "cdl"

    space: Literal["acescct", "acescg"] = Field(
        "acescct", description="Working space: acescct is logarithmic, acescg is scene-linear."
    )
    slope_red: float = Field(1.0, ge=0, le=8, description="Slope of red, a factor.")
    slope_green: float = Field(1.0, ge=0, le=8, description="Slope of green, a factor.")
    slope_blue: float = Field(1.0, ge=0, le=8, description="Slope of blue, a factor.")
    offset_red: float = Field(0.0, ge=-1, le=1, description="Offset of red, in values of the working space.")
    offset_green: float = Field(0.0, ge=-1, le=1, description="Offset of green, in values of the working space.")
    offset_blue: float = Field(0.0, ge=-1, le=1, description="Offset of blue, in values of the working space.")
    power_red: float = Field(1.0, ge=0.1, le=8, description="Power of red, an exponent.")
    power_green: float = Field(1.0, ge=0.1, le=8, description="Power of green, an exponent.")
    power_blue: float = Field(1.0, ge=0.1, le=8, description="Power of blue, an exponent.")
    saturation: float = Field(1.0, ge=0, le=4, description="Saturation, a factor; 0 is grey.")

    def build(self, passes: PassBuilder, picture: str) -> str:
        """One pointwise pass."""
        values = CdlUniforms(
            slope=(self.slope_red, self.slope_green, self.slope_blue, self.saturation),
            offset=(self.offset_red, self.offset_green, self.offset_blue, 0.0),
            power=(self.power_red, self.power_green, self.power_blue, 1.0),
        )
        return passes.add(CdlPass(values, self.space == "acescct"), "graded", picture=picture)


@dataclass(frozen=True)
class CdlUniforms(Uniforms):
    """See shaders/effects/cdl.wgsl."""

    slope: Vec4
    offset: Vec4
    power: Vec4


class CdlPass(PointPass):
    """Applies a CDL in ACEScct (`logarithmic`) or ACEScg."""

    shader = "effects/cdl.wgsl"
    common = ("common/exponents.wgsl", "common/acescct.wgsl")
    outputs = ("graded",)
    uniforms = CdlUniforms

    def __init__(self, values: CdlUniforms, logarithmic: bool) -> None:
        super().__init__(values)
        self._logarithmic = logarithmic
        self._powered = any(power != 1 for power in values.power)

    def constants(self) -> Mapping[str, Constant]:
        """The working space, and whether a power changes anything."""
        return {"LOG": self._logarithmic, "POWERED": self._powered}
