"""The keys of a recipe about numbered frames."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from engine.deliver.caption_recipe import RecipeTable
from engine.deliver.look_name import LOOK, LookName


class FramesRecipe(RecipeTable):
    """`[frames]`: scene-linear ACEScg as numbered OpenEXR frames, at the size of the footage or of the cut."""

    look: LookName | None = Field(None, description=LOOK)
    compression: Literal["zip", "htj2k", "none"] = Field(
        "zip", description="The compression, which is lossless; htj2k needs OpenEXR 3.4 or later to be read."
    )
    bits: Literal[16, 32] = Field(16, description="Bits per sample: half or whole floats, of the same values.")
    first_number: int | None = Field(
        None, ge=0, le=9_999_999, description="The number of the first frame. Default: its tick in the take or the cut."
    )

    def most_bytes(self, width: int, height: int) -> int:
        """The size of an uncompressed frame in bytes, without its header: compression only reduces it."""
        return width * height * 3 * self.bits // 8
