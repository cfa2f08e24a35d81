"""Science recipes: which bands become which colours, and how."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from engine.errors import RequestError
from engine.resources import resource_root
from engine.science.background import BackgroundKind
from engine.science.levels import CurveName
from engine.suggestion import hint_with_suggestion
from engine.validation import matching, read_text, read_toml

Hex = Annotated[str, matching(r"#[0-9a-fA-F]{6}", "a colour, #rrggbb")]


class ScienceTable(BaseModel):
    """A table of a recipe: unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class BandColor(ScienceTable):
    """One band of the picture."""

    filter: str = Field("", description='The filter, such as "F770W". Empty: the next band by wavelength.')
    color: Hex | None = Field(None, description="Its colour, as on a display. None: a hue by its wavelength.")
    weight: float = Field(1.0, ge=0, le=100, description="Its share of the luminance.")
    density: float | None = Field(None, ge=-100, le=100, description="Its share of the density; None: its weight.")
    black: float = Field(0.5, ge=0, le=100, description="Percentile of covered pixels that becomes 0.")
    white: float = Field(99.7, ge=0, le=100, description="Percentile of covered pixels that becomes 1.")

    @model_validator(mode="after")
    def _white_is_above_black(self) -> Self:
        if self.white <= self.black:
            raise ValueError("white must be a higher percentile than black")
        return self


class AlignTable(ScienceTable):
    """The common grid."""

    like: str | None = Field(None, description="The band with the grid. None: the band with the smallest pixels.")
    north_up: bool = Field(False, description="A new grid, north up, around all bands.")
    refine: bool = Field(True, description="Correct the sky coordinates by the details of the pictures.")
    everywhere: bool = Field(False, description="Show pixels that only some bands cover.")


class StepsTable(ScienceTable):
    """The steps on the samples before they are combined, in this order."""

    flags: bool = Field(
        True, description="Repair samples that the file's quality plane flags, if those around them confirm it."
    )
    hot_pixels: bool = Field(
        False, description="Replace single hot and cold pixels; not for pixels as large as stars, which look the same."
    )
    cores: bool = Field(True, description="Fill saturated cores of stars without data.")
    match_sharpness: bool = Field(
        False, description="Blur sharper bands until stars are as wide in all bands: no coloured rims."
    )
    denoise: float = Field(
        0.0, ge=0, le=100, description="Shrink details that are not larger than their error; 1 is gentle, 0 is off."
    )
    deconvolve: int = Field(
        0, ge=0, le=50, description="Iterations of sharpening to .6 of the width of the stars; 10 is gentle, 0 is off."
    )
    background: BackgroundKind = Field("none", description="The sky to subtract: none, level or gradient.")


class StretchTable(ScienceTable):
    """The curve of the luminance. Colours keep their ratios."""

    curve: CurveName = "asinh"
    softness: float = Field(0.08, gt=0, le=10, description="Where asinh and log begin to bend; the exponent of power.")
    saturation: float = Field(1.0, ge=0, le=4, description="The power of the colours' ratios: 1 keeps them, 0 is grey.")
    peak: float = Field(1.6, gt=0, le=1000, description="Scene-linear light of the white point; .18 is middle grey.")


class ScienceRecipe(ScienceTable):
    """A recipe for a picture of bands."""

    title: str = ""
    note: str = ""
    bands: tuple[BandColor, ...] = ()
    align: AlignTable = AlignTable()
    steps: StepsTable = StepsTable()
    stretch: StretchTable = StretchTable()


OWN_SCIENCE_RECIPES = "science"
"""The folder of a studio with the user's science recipes."""


def science_recipes(own: Path | None = None) -> tuple[str, ...]:
    """The names of the recipes that Cleanwater has and of those in the folder `own`, in alphabetical order."""
    return tuple(sorted(_paths(own)))


def load_science_recipe(name: str, own: Path | None = None) -> ScienceRecipe:
    """A recipe by its name, from the folder `own` or built in, or by the path of a TOML file.

    Raises RequestError, with file, line and key, if it is unknown or invalid.
    """
    path = Path(name) if name.endswith(".toml") else _paths(own).get(name)
    if path is None:
        known = science_recipes(own)
        raise RequestError(
            f"There is no science recipe “{name}”.",
            hint_with_suggestion(name, known, f"Recipes: {', '.join(known)}."),
        )
    return parse_science_recipe(read_text(path), str(path))


def _paths(own: Path | None) -> dict[str, Path]:
    """The files of all recipes by name; one of the folder `own` replaces a built-in one."""
    folders = [resource_root("presets") / "science", *([own] if own else [])]
    return {path.stem: path for folder in folders for path in folder.glob("[!.]*.toml")}


def parse_science_recipe(text: str, source: str) -> ScienceRecipe:
    """A recipe from the text of a TOML file. Raises RequestError with all its errors, naming `source`."""
    return read_toml(ScienceRecipe, text, source, "science recipe", "docs/science.md lists the keys.")
