"""Selects the HDR10 metadata of a deliverable: mastering display, MaxCLL and MaxFALL."""

from __future__ import annotations

from pathlib import Path

from engine.catalog import Encoding
from engine.deliver.cut_request import CutRequest
from engine.deliver.picture_recipe import PictureRecipe
from engine.ingest import picture_transform
from engine.picture import AS_SHOT_LIGHT, HDR10_LIGHT, LightMetadata, conversion_of, read_light_metadata


def hdr10_light(
    footage: Path, encoding: Encoding, recipe: PictureRecipe, *, looked: bool = False
) -> LightMetadata | None:
    """Returns the limits of the ACES view or of the conversion; for PQ footage kept as PQ, the footage's own.

    The footage's own are not those of a picture with a look (`looked`). None if the footage declares none, or the view
    is not PQ.
    """
    if recipe.view != "pq":
        return None
    conversion = conversion_of(encoding, "pq", recipe.rendering)
    if conversion is None:
        return HDR10_LIGHT
    kept = conversion.source is Encoding.PQ and not looked
    return read_light_metadata(footage) if kept else AS_SHOT_LIGHT


def film_light(order: CutRequest, recipe: PictureRecipe) -> LightMetadata | None:
    """The HDR10 metadata of the film: that of its takes if they agree, else the widest limits of any."""
    found: list[LightMetadata] = []
    for take in order.cut.takes:
        source = order.takes[take]
        transform = picture_transform(source.footage, source.input_transform) if source.has_picture else None
        looked = any(order.look_of(clip) for clip in order.cut.clips if clip.take == take)
        light = hdr10_light(source.footage.path, transform, recipe, looked=looked) if transform else None
        if light:
            found.append(light)
    return max(found, key=lambda light: (light.max_cll, light.peak, light.max_fall), default=None)
