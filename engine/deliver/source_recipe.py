"""The key of a recipe about what it delivers: takes, cuts or both."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from engine.deliver.caption_recipe import RecipeTable
from engine.errors import RequestError


class SourceRecipe(RecipeTable):
    """`[source]`: what the recipe delivers."""

    accepts: Literal["take", "cut", "any"] = Field(
        "any", description="take: takes and plain files; cut: cuts; any: both. Another source is refused."
    )

    def refuse(self, kind: Literal["take", "cut"], label: str, recipe: str) -> None:
        """Raises RequestError if the recipe does not accept this kind of source."""
        if self.accepts == kind or self.accepts == "any":
            return
        if kind == "take":
            raise RequestError(
                f"{recipe} delivers cuts, and {label} is not a cut.",
                'Deliver a cut with --cut, or set accepts = "any" in the [source] of the recipe.',
            )
        raise RequestError(
            f"{recipe} delivers takes, and “{label}” is a cut.",
            'Deliver takes without --cut, or set accepts = "any" in the [source] of the recipe.',
        )
