"""The record of a science picture, kept in its file: enough to make the same bytes again."""

from __future__ import annotations

from engine.catalog import FrozenModel
from engine.science.recipe import ScienceRecipe

ATTRIBUTE = "cleanwater:science"
"""The attribute of the OpenEXR files that has the record as JSON."""


class SourceFile(FrozenModel):
    """A file that was read."""

    name: str
    sha256: str


class BandRecord(FrozenModel):
    """The measured values of a band: levels in `unit`, and its shift against the first band, in pixels.

    `coverage` and `repaired` are shares of the picture. `star_width_px` is the width of its stars, and `blur_px` the
    blur for `match_sharpness`.
    """

    name: str
    unit: str
    wavelength_um: float | None
    flux: str
    black: float
    white: float
    color: tuple[float, float, float]
    shift_px: tuple[float, float] | None = None
    residual_px: tuple[float, float] | None = None
    coverage: float
    repaired: float = 0.0
    star_width_px: float | None = None
    blur_px: float = 0.0


class PictureRecord(FrozenModel):
    """Everything that a picture was made with. `versions` are those of the libraries."""

    format: int = 1
    recipe: ScienceRecipe
    sources: tuple[SourceFile, ...]
    bands: tuple[BandRecord, ...]
    width: int
    height: int
    right_ascension: float | None
    declination: float | None
    pixel_scale_arcsec: float | None
    north_angle: float | None
    target: str
    credit: str
    stars: int
    versions: dict[str, str]
