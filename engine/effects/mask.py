"""Limits an effect to a mask."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from engine.render import PICTURE, PointPass


class MaskPass(PointPass):
    """original + mask × (changed − original); the mask is in its first channel, 0 to 1, at the picture's size."""

    shader = "effects/mask.wgsl"
    inputs: ClassVar[Mapping[str, str]] = {"changed": PICTURE, "original": PICTURE, "mask": PICTURE}
    outputs = ("masked",)
