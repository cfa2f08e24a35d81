"""`[picture.follow]`: how a crop follows people."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from engine.deliver.caption_recipe import RecipeTable
from engine.perception import FollowOptions


class FollowRecipe(RecipeTable):
    """`[picture.follow]`, as `FollowOptions`. Every key has a default."""

    switch: Literal["auto", "cut", "pan"] = Field(
        "auto",
        description="From one speaker to the next: cut, pan, or auto, which cuts if no crop has both heads.",
    )
    hold: float = Field(1.5, ge=0.2, le=30, description="The least seconds between two changes of the person.")
    zoom: float = Field(1.0, ge=1, le=4, description="Enlargement of the picture; 1 keeps as much as possible.")
    margin: float = Field(0.05, ge=0, le=0.3, description="The free part beside a head, as a share of the crop.")
    still: float = Field(
        0.12, ge=0, le=0.4, description="How far a face may be from the middle before the crop moves, as a share of it."
    )
    speed: float = Field(0.8, gt=0, le=5, description="The highest speed, in widths of the crop per second.")
    acceleration: float = Field(
        1.6, gt=0, le=20, description="The highest acceleration, in widths of the crop per second squared."
    )

    def options(self) -> FollowOptions:
        """The values for `plan_follow`."""
        return FollowOptions(**self.model_dump())
