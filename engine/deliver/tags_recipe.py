"""The keys of a recipe about the tags and the cover of sound files."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from engine.deliver.caption_recipe import RecipeTable
from engine.validation import matching

_LONGEST = 250
Line = Annotated[str, Field(max_length=_LONGEST), matching(r"[^\x00-\x1f\x7f]*", "one line of text")]
"""One line of text."""


class TagsRecipe(RecipeTable):
    """`[tags]`: what players show of a sound file. An empty text writes no tag."""

    title: Line = Field("", description="The title of the episode. Default: the name of the take or the cut.")
    artist: Line = Field("", description="Who speaks or publishes.")
    album: Line = Field("", description="The name of the show.")
    description: str = Field("", max_length=4000, description="What the episode is about.")
    genre: Line = Field("", description="The genre, such as Podcast.")


class CoverRecipe(RecipeTable):
    """`[cover]`: the picture in a sound file, a square of 1400 to 3000 pixels."""

    image: str | None = Field(None, description="A JPEG or PNG file; a relative path is relative to the recipe's file.")
    still: bool = Field(False, description="The sharpest frame of the take, on a black square.")

    @property
    def wanted(self) -> bool:
        """Whether there is a cover."""
        return self.still or self.image is not None

    @model_validator(mode="after")
    def _has_one_source(self) -> Self:
        if self.still and self.image is not None:
            raise ValueError("a cover is an image or a still; remove one")
        return self
