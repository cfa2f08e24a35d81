"""The zones of a picture that a platform's own interface leaves free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.deliver.recipe import Recipe
from engine.deliver.safe_zone import safe_zone

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_OUTLINE = (94, 234, 212)


@dataclass(frozen=True, slots=True)
class PictureZone:
    """A zone that stays free, as shares of the picture's width and height from its upper left corner."""

    title: str
    left: float
    top: float
    right: float
    bottom: float


def safe_zones(recipe: Recipe, size: tuple[int, int]) -> tuple[PictureZone, ...]:
    """The zones that stay free of the interface of a recipe's platform, for a picture of (width, height) in pixels."""
    zone = safe_zone(recipe, size)
    return (PictureZone("safe zone", zone.left, zone.top, 1 - zone.right, 1 - zone.bottom),) if zone else ()


def with_outlines(picture: NDArray[np.uint8], zones: Sequence[PictureZone]) -> NDArray[np.uint8]:
    """A copy of a picture, (height, width, 3) in RGB, with a line around each zone; itself without zones."""
    if not zones:
        return picture
    drawn = picture.copy()
    height, width = picture.shape[:2]
    for zone in zones:
        left, right = round(zone.left * (width - 1)), round(zone.right * (width - 1))
        top, bottom = round(zone.top * (height - 1)), round(zone.bottom * (height - 1))
        drawn[[top, bottom], left : right + 1] = _OUTLINE
        drawn[top : bottom + 1, [left, right]] = _OUTLINE
    return drawn
