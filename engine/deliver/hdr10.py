"""Which light an HDR10 deliverable declares: a mastering display, MaxCLL and MaxFALL that are true of it."""

from __future__ import annotations

from pathlib import Path

from engine.catalog import Encoding
from engine.deliver.recipe import PictureRecipe
from engine.picture import AS_SHOT_LIGHT, HDR10_LIGHT, LightMetadata, conversion_of, read_light_metadata


def hdr10_light(footage: Path, encoding: Encoding, recipe: PictureRecipe) -> LightMetadata | None:
    """Returns the limits of the ACES view or of the conversion; the footage's own where PQ stays PQ.

    None where the footage declares none, and for other views than PQ.
    """
    if recipe.view != "pq":
        return None
    conversion = conversion_of(encoding, "pq", recipe.rendering)
    if conversion is None:
        return HDR10_LIGHT
    return read_light_metadata(footage) if conversion.source is Encoding.PQ else AS_SHOT_LIGHT
