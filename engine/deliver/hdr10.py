"""Selects the HDR10 metadata of a deliverable: mastering display, MaxCLL and MaxFALL."""

from __future__ import annotations

from pathlib import Path

from engine.catalog import Encoding
from engine.deliver.picture_recipe import PictureRecipe
from engine.picture import AS_SHOT_LIGHT, HDR10_LIGHT, LightMetadata, conversion_of, read_light_metadata


def hdr10_light(footage: Path, encoding: Encoding, recipe: PictureRecipe) -> LightMetadata | None:
    """Returns the limits of the ACES view or of the conversion; for PQ footage kept as PQ, the footage's own.

    None if the footage declares none, or the view is not PQ.
    """
    if recipe.view != "pq":
        return None
    conversion = conversion_of(encoding, "pq", recipe.rendering)
    if conversion is None:
        return HDR10_LIGHT
    return read_light_metadata(footage) if conversion.source is Encoding.PQ else AS_SHOT_LIGHT
