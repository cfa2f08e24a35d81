"""The keys of a recipe about archives."""

from __future__ import annotations

from pydantic import Field

from engine.deliver.caption_recipe import RecipeTable
from engine.speech import CaptionFormat


class ArchiveRecipe(RecipeTable):
    """`[archive]`: a folder with the originals of a take or a cut and what belongs to them, sealed with ASC MHL."""

    captions: tuple[CaptionFormat, ...] = Field(
        ("srt", "vtt"), description="The formats of the captions, if there are words."
    )
    transcripts: bool = Field(True, description="Whether the transcripts of the takes are in it.")
    receipts: bool = Field(True, description="Whether the receipts of the project's deliverables are in it.")
