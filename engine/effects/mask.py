"""Limits an effect to a mask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from engine.render import F32, PICTURE, Constant, PointPass, Uniforms


@dataclass(frozen=True)
class MaskUniforms(Uniforms):
    """See shaders/effects/mask.wgsl."""

    strength: F32


class MaskPass(PointPass):
    """original + strength × mask × (changed − original); the mask is in its first channel, 0 to 1, at the picture's
    size. `inverted`: 1 − mask."""

    shader = "effects/mask.wgsl"
    inputs: ClassVar[Mapping[str, str]] = {"changed": PICTURE, "original": PICTURE, "mask": PICTURE}
    outputs = ("masked",)
    uniforms = MaskUniforms

    def __init__(self, strength: float = 1.0, inverted: bool = False) -> None:
        super().__init__(MaskUniforms(strength))
        self._inverted = inverted

    def constants(self) -> Mapping[str, Constant]:
        """Whether the effect is applied beside the mask."""
        return {"INVERTED": self._inverted}
