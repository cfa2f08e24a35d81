"""The tags of a delivery's sound files."""

from __future__ import annotations

from engine.deliver.request import Programme
from engine.sound import SoundTags


def tags_of(order: Programme, cover: bytes | None) -> SoundTags:
    """The tags by the recipe, its cover, and the chapters. A recipe without tags gives texts only to chapters."""
    recipe, chapters = order.recipe, tuple((one.start, one.title) for one in order.chapters)
    texts: dict[str, str] = {}
    if recipe.tags is not None:
        texts = recipe.tags.model_dump()
        texts["title"] = texts["title"] or order.label
    return SoundTags(texts, cover, chapters)
