"""The keys of a recipe about captions: their files, their track, and the style of burnt-in ones."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from engine.speech import NETFLIX, CaptionFormat, Highlight, Style
from engine.text import TextStyle
from engine.validation import matching

Colour = Annotated[str, matching(r"#[0-9A-Fa-f]{6}([0-9A-Fa-f]{2})?", "a colour, #rrggbb or #rrggbbaa")]
"""#rrggbb or #rrggbbaa."""


class RecipeTable(BaseModel):
    """A table of a recipe; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class CaptionStyle(RecipeTable):
    """`[picture.captions]`: the style of burnt-in captions, as `engine.text.TextStyle`. Every key has a default."""

    font: str = Field("", description="A font file (.ttf, .otf, .ttc); empty: the font that Cleanwater includes.")
    bold: bool = Field(False, description="Bold letters.")
    size: float = Field(0.05, ge=0.02, le=0.25, description="The font size, as a share of the picture's short edge.")
    colour: Colour = Field("#f0f6f8", description="The colour of the words, #rrggbb or #rrggbbaa.")
    highlight_colour: Colour = Field("#ffd84d", description="The colour of spoken words, with captions.highlight.")
    outline: float = Field(0.0, ge=0, le=0.3, description="The width of the outline, as a share of the size.")
    outline_colour: Colour = Field("#060e14", description="The colour of the outline.")
    shadow: float = Field(0.0, ge=0, le=0.3, description="The offset of the shadow, as a share of the size.")
    box: Colour | Literal[""] = Field("#060e14a8", description="The colour of the box behind a line; empty: no box.")
    position: Literal["bottom", "top"] = Field("bottom", description="The edge at which the captions stand.")
    align: Literal["left", "center", "right"] = Field("center", description="How the lines are aligned.")
    sides: float = Field(0.05, ge=0, le=0.3, description="The margin left and right, as a share of the width.")
    ends: float = Field(0.05, ge=0, le=0.4, description="The margin above and below, as a share of the height.")

    safe_zone: bool = Field(
        True,
        description="Keep captions and titles of an upright picture outside the interface of the recipe's platform.",
    )

    avoid_faces: bool = Field(
        False, description="Move a caption that would cover a face; the faces of the takes are found before."
    )

    def text_style(self) -> TextStyle:
        """The style for `CaptionRenderer`."""
        return TextStyle(**self.model_dump(exclude={"safe_zone", "avoid_faces"}))


class CaptionsRecipe(RecipeTable):
    """Caption files with or without a picture, and a track in the movie."""

    formats: tuple[CaptionFormat, ...] = Field((), description="The caption files to write.")
    embed: bool = Field(False, description="Add the captions to the movie as a track that players can show.")
    speakers: bool = Field(False, description="Give each caption one speaker, whom WebVTT and TTML name.")
    highlight: Highlight = Field(
        "none", description="Colour the spoken word (word) or all words up to it (fill), in WebVTT, ASS and burnt in."
    )
    translate: bool = Field(
        False, description="Add English captions, as files and as a track, if the speech is not English."
    )
    columns: int = Field(NETFLIX.line, ge=8, le=80, description="The longest line, in characters.")
    lines: int = Field(NETFLIX.lines, ge=1, le=3, description="The most lines of a caption.")
    shortest: float = Field(
        float(NETFLIX.shortest), ge=0.2, le=3, description="The shortest time that a caption is shown, in seconds."
    )

    def style(self) -> Style:
        """The rules by which the captions are composed."""
        return NETFLIX.model_copy(
            update={
                "line": self.columns,
                "lines": self.lines,
                "shortest": Fraction(self.shortest).limit_denominator(1000),
            }
        )
