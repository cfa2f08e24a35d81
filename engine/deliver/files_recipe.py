"""The keys of a recipe about the files that it writes: their names, and what becomes of them if a check fails."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from engine.deliver.caption_recipe import RecipeTable
from engine.deliver.text_fields import FIELDS, TIMECODE, check_fields, check_name

Corner = Literal["top-left", "top", "top-right", "bottom-left", "bottom", "bottom-right"]


class FilesRecipe(RecipeTable):
    """`[files]`: the names of the files, and what happens to them if a check fails."""

    name: Annotated[str, AfterValidator(check_name)] | None = Field(
        None, description=f"Their name without the ending, with {', '.join(f'{{{one}}}' for one in FIELDS)}."
    )
    on_fail: Literal["keep", "aside", "delete", "stop"] = Field(
        "keep",
        description="If a check fails: keep the files; move them aside, to failed/; delete them; "
        "or keep them and stop the takes that follow.",
    )


def _known_fields(text: str) -> str:
    return check_fields(text, more=(TIMECODE,))


class BurntText(RecipeTable):
    """`[[picture.text]]`: a text that is burnt into the picture."""

    text: Annotated[str, AfterValidator(_known_fields)] = Field(
        min_length=1,
        max_length=200,
        description=f"The text, with {', '.join(f'{{{one}}}' for one in (*FIELDS, TIMECODE))}.",
    )
    corner: Corner = Field("bottom-left", description="Where the text stands.")
    size: float = Field(1 / 30, ge=0.015, le=0.15, description="The font size, as a share of the short edge.")
