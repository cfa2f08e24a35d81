"""Recipes (TOML) describe a deliverable: its picture, sound, captions and container."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Literal, Self

import xxhash
from pydantic import BaseModel, ConfigDict, Field, model_validator

from engine.catalog import Picture
from engine.errors import RequestError
from engine.picture import Rendering
from engine.resources import resource_root
from engine.speech import NETFLIX, CaptionFormat, Highlight, Style
from engine.suggestion import hint_with_suggestion
from engine.text import TextStyle
from engine.validation import Problem, find_toml_problems, matching, read_text, read_toml

View = Literal["hlg", "pq", "sdr"]
OWN_RECIPES = "recipes"
"""The folder of a studio with the user's recipes."""
# The default constant quality of FFmpeg's encoders.
_FFMPEG_QUALITY = {"h264": 23, "hevc": 28, "av1": 35}
_NAME = r"[\w-]+"
Colour = Annotated[str, matching(r"#[0-9A-Fa-f]{6}([0-9A-Fa-f]{2})?", "a colour, #rrggbb or #rrggbbaa")]
"""#rrggbb or #rrggbbaa."""


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CaptionStyle(_Table):
    """`[picture.captions]`: the style of burnt-in captions, as `engine.text.TextStyle`. Every key has a default."""

    font: str = ""
    bold: bool = False
    size: Annotated[float, Field(ge=0.02, le=0.25)] = 0.05
    colour: Colour = "#f0f6f8"
    highlight_colour: Colour = "#ffd84d"
    outline: Annotated[float, Field(ge=0, le=0.3)] = 0.0
    outline_colour: Colour = "#060e14"
    shadow: Annotated[float, Field(ge=0, le=0.3)] = 0.0
    box: Colour | Literal[""] = "#060e14a8"
    position: Literal["bottom", "top"] = "bottom"
    align: Literal["left", "center", "right"] = "center"
    sides: Annotated[float, Field(ge=0, le=0.3)] = 0.05
    ends: Annotated[float, Field(ge=0, le=0.4)] = 0.05

    def text_style(self) -> TextStyle:
        """The style for `CaptionRenderer`."""
        return TextStyle(**self.model_dump())


class PictureRecipe(_Table):
    """The picture of a deliverable.

    `rendering`: "as-shot" keeps the light of the footage's own display, by the conversions of docs/contracts.md;
    "aces" applies the ACES 2.0 view.
    `fit`: "within" keeps the aspect ratio and never enlarges; "fill-upright" crops to exactly short_edge × long_edge.
    The rate is either `bit_rate` (Mb/s by view and by lines of the short edge, [up to 30, above 30] frames per second)
    or `quality` (CRF, in the codec's own scale); ProRes is 422 HQ and takes neither. `bits` per sample defaults to 10
    for HDR and ProRes, else 8. `fidelity` is the lowest mean luma SSIM (see `fidelity_floor`).
    """

    view: View
    rendering: Rendering = "as-shot"
    codec: Literal["hevc", "h264", "av1", "prores"]
    bits: Literal[8, 10] | None = None
    long_edge: Annotated[int, Field(ge=16, le=16384)]
    short_edge: Annotated[int, Field(ge=16, le=16384)]
    fit: Literal["within", "fill-upright"] = "within"
    gop_seconds: Annotated[float, Field(gt=0, le=10)] = 0.5
    effort: Literal["quick", "fast", "careful"] = "fast"
    quality: Annotated[int, Field(ge=0, le=63)] | None = None
    max_rate: Annotated[int, Field(ge=1, le=1000)] | None = None
    bit_rate: dict[View, dict[int, tuple[float, float]]] = {}
    fidelity: Annotated[float, Field(ge=0.5, le=1)] | None = None
    burn_in: tuple[Literal["name", "timecode", "captions", "watermark"], ...] = ()
    captions: CaptionStyle = CaptionStyle()

    def size(self, picture: Picture) -> tuple[int, int]:
        """The output size (width, height) in pixels for this footage; both even."""
        return self.size_of(picture.display_width, picture.display_height)

    def size_of(self, width: int, height: int) -> tuple[int, int]:
        """The output size (width, height) in pixels for an upright picture or canvas; both even."""
        if self.fit == "fill-upright":
            return self.short_edge, self.long_edge
        scale = min(
            Fraction(1),
            Fraction(self.long_edge, max(width, height)),
            Fraction(self.short_edge, min(width, height)),
        )
        return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)

    def bits_per_second(self, width: int, height: int, rate: Fraction) -> int | None:
        """The bit rate for this size and frame rate, None for constant quality."""
        table = self.bit_rate.get(self.view)
        if not table:
            return None
        lines = min(width, height)
        wanted = max((step for step in table if step <= lines), default=min(table))
        return int(table[wanted][rate > 31] * 1_000_000)

    @property
    def bit_depth(self) -> Literal[8, 10]:
        """Bits per sample; the default is 10 for HDR and ProRes, else 8."""
        if self.bits is not None:
            return self.bits
        return 8 if self.view == "sdr" and self.codec != "prores" else 10

    @property
    def fidelity_floor(self) -> float:
        """The lowest allowed mean luma SSIM of a deliverable against the frames sent to the encoder.

        The default is 0.98 for ProRes and 0.97 for a bit rate. For constant quality it is 0.97 up to 23 of H.264's
        scale; above, the loss doubles every six steps, as quantization does, down to 0.5.
        """
        if self.fidelity is not None:
            return self.fidelity
        if self.codec == "prores":
            return 0.98
        if self.bit_rate.get(self.view):
            return 0.97
        quality = _FFMPEG_QUALITY[self.codec] if self.quality is None else self.quality
        steps = quality * 51 / 63 if self.codec == "av1" else quality
        return round(1 - min(0.5, max(0.03, 0.03 * 2 ** ((steps - 23) / 6))), 3)

    @property
    def chroma(self) -> Literal["420", "422"]:
        """Chroma subsampling: 4:2:2 for ProRes, else 4:2:0."""
        return "422" if self.codec == "prores" else "420"

    @model_validator(mode="after")
    def _can_be_coded(self) -> Self:
        if self.codec == "h264" and (self.view != "sdr" or self.bits == 10):
            raise ValueError("h264 supports only 8-bit SDR; use hevc or av1 for HDR or 10 bits")
        if self.bits == 8 and (self.view != "sdr" or self.codec == "prores"):
            raise ValueError("HDR and ProRes use 10 bits per sample; remove bits")
        if self.codec == "prores" and (self.bit_rate or self.quality is not None):
            raise ValueError("ProRes 422 HQ sets its own rate; remove quality and bit_rate")
        if self.codec != "av1" and (self.quality or 0) > 51:
            raise ValueError(f"quality of {self.codec} must be between 0 and 51")
        return self


class SoundRecipe(_Table):
    """The sound of a deliverable: one gain moves it towards `lufs` and keeps the true peak at or below its ceiling.

    A limiter may reduce peaks by up to `limiter_db` (0: no limiter), for `limiter_share` of the time.
    `dialog`: the sound preset that cleans it first. `carry`: "all" also copies every original sound track into the
    movie, unchanged.
    """

    codec: Literal["aac", "wav"]
    also: tuple[Literal["aac", "wav"], ...] = ()
    bit_rate: Annotated[int, Field(ge=32_000, le=512_000)] = 256_000
    sample_rate: Literal[44_100, 48_000] = 48_000
    channels: Literal[2] = 2
    lufs: Annotated[float, Field(ge=-40, le=-5)]
    true_peak_dbtp: Annotated[float, Field(ge=-20, le=0)]
    tolerance_lu: Annotated[float, Field(gt=0, le=3)] = 0.1
    limiter_db: Annotated[float, Field(ge=0, le=12)] = 0.0
    limiter_share: Annotated[float, Field(ge=0, le=1)] = 0.05
    dialog: str | None = None
    carry: Literal["none", "all"] = "none"


class CaptionsRecipe(_Table):
    """Caption files with or without a picture; `embed` also adds them to the movie as a track.

    `speakers`: each cue belongs to one speaker, and WebVTT and TTML name them. `highlight` colours words while they are
    spoken, in WebVTT, ASS and burnt-in captions. `translate` adds captions in English, as files and as a track, if the
    speech is not English. `columns`, `lines` and `shortest` (seconds) are those of
    `engine.speech.Style`.
    """

    formats: tuple[CaptionFormat, ...] = ()
    embed: bool = False
    speakers: bool = False
    highlight: Highlight = "none"
    translate: bool = False
    columns: Annotated[int, Field(ge=8, le=80)] = NETFLIX.line
    lines: Annotated[int, Field(ge=1, le=3)] = NETFLIX.lines
    shortest: Annotated[float, Field(ge=0.2, le=3)] = float(NETFLIX.shortest)

    def style(self) -> Style:
        """The rules by which the captions are composed."""
        return NETFLIX.model_copy(
            update={
                "line": self.columns,
                "lines": self.lines,
                "shortest": Fraction(self.shortest).limit_denominator(1000),
            }
        )


class ContainerRecipe(_Table):
    """The file layout. The default `format` is MP4, for ProRes QuickTime."""

    format: Literal["mp4", "mov"] | None = None
    edit_list: bool = True
    faststart: bool = True


class Recipe(_Table):
    """A kind of deliverable."""

    name: str
    title: str
    picture: PictureRecipe | None = None
    sound: SoundRecipe | None = None
    captions: CaptionsRecipe | None = None
    container: ContainerRecipe = ContainerRecipe()
    max_seconds: Annotated[int, Field(gt=0)] | None = None

    @property
    def movie_format(self) -> Literal["mp4", "mov"]:
        """The container of a movie."""
        if self.container.format:
            return self.container.format
        return "mov" if self.picture is not None and self.picture.codec == "prores" else "mp4"

    @model_validator(mode="after")
    def _goes_into_its_container(self) -> Self:
        if self.sound is not None and self.sound.carry == "all":
            if self.picture is None:
                raise ValueError("original sound needs a movie, and this recipe has no picture; remove carry")
            if not self.container.edit_list:
                raise ValueError("original sound needs an edit list; remove container.edit_list")
        if self.captions is not None and self.captions.embed and self.picture is None:
            raise ValueError("embedded captions need a movie, and this recipe has no picture; remove captions.embed")
        if self.captions is not None and self.captions.translate and not (self.captions.formats or self.captions.embed):
            raise ValueError("translated captions are files or a track; set captions.formats or captions.embed")
        if self.captions is not None and not (self.captions.formats or self.captions.embed or self.burns_captions):
            raise ValueError("the captions have no output; set captions.formats, captions.embed or picture.burn_in")
        if self.picture is None or self.movie_format == "mov":
            return self
        if self.picture.codec == "prores":
            raise ValueError("ProRes needs QuickTime; remove container.format or set it to mov")
        if self.sound is not None and self.sound.codec == "wav":
            raise ValueError('MP4 cannot contain PCM sound; use aac or container.format = "mov"')
        return self

    @property
    def needs_words(self) -> bool:
        """Whether the footage must be transcribed first."""
        return self.captions is not None or self.burns_captions

    @property
    def burns_captions(self) -> bool:
        """Whether captions are burnt into the picture."""
        return self.picture is not None and "captions" in self.picture.burn_in

    @property
    def embeds_captions(self) -> bool:
        """Whether the movie has a caption track."""
        return self.captions is not None and self.captions.embed

    @property
    def translates(self) -> bool:
        """Whether captions in English are added."""
        return self.captions is not None and self.captions.translate

    @property
    def highlight(self) -> Highlight:
        """The words of captions that are coloured while they are spoken."""
        return self.captions.highlight if self.captions is not None else "none"

    @property
    def caption_style(self) -> Style:
        """The rules by which captions are composed."""
        return self.captions.style() if self.captions is not None else NETFLIX

    @property
    def labels_speakers(self) -> bool:
        """Whether captions name their speakers."""
        return self.captions is not None and self.captions.speakers

    @property
    def digest(self) -> str:
        """Hash of the recipe's values, independent of comments and formatting in its file."""
        return xxhash.xxh3_128_hexdigest(self.model_dump_json().encode())

    def in_sdr(self) -> Recipe:
        """The same recipe in SDR BT.709. Raises RequestError if it has no picture, or bit rates but none for SDR."""
        if self.picture is None:
            raise RequestError(f"{self.name} has no picture.", "Remove --sdr.")
        if self.picture.bit_rate and "sdr" not in self.picture.bit_rate:
            raise RequestError(f"{self.name} has no SDR bit rates.", "Add [picture.bit_rate.sdr] to the recipe.")
        return self.model_copy(
            update={"name": f"{self.name}-sdr", "picture": self.picture.model_copy(update={"view": "sdr"})}
        )

    def with_rendering(self, rendering: Rendering) -> Recipe:
        """The same recipe with another rendering, and its name; itself if it has this one already.

        Raises RequestError if it has no picture.
        """
        if self.picture is None:
            raise RequestError(f"{self.name} has no picture.", "Remove --rendering.")
        if self.picture.rendering == rendering:
            return self
        return self.model_copy(
            update={
                "name": f"{self.name}-{rendering}",
                "picture": self.picture.model_copy(update={"rendering": rendering}),
            }
        )


def recipe_names() -> list[str]:
    """The names of the built-in recipes, sorted."""
    return sorted(path.stem for path in (resource_root("presets") / "deliverables").glob("*.toml"))


def variant_names(name: str) -> tuple[str, ...]:
    """The names of a recipe's deliverables: its own, and those of its variants in SDR and in another rendering."""
    return tuple(f"{name}{view}{rendering}" for view in ("", "-sdr") for rendering in ("", "-as-shot", "-aces"))


def is_recipe_name(name: str) -> bool:
    """Whether a recipe's file may have this name, without its suffix."""
    return re.fullmatch(_NAME, name) is not None


def find_problems(text: str) -> list[Problem]:
    """All errors in a recipe's text; empty if it is valid."""
    return find_toml_problems(Recipe, text, name="recipe")


def _is_known(name: str, own: Path | None) -> bool:
    return name in recipe_names() or bool(own and (own / f"{name}.toml").is_file())


def _variant(recipe: Recipe, suffix: str) -> Recipe:
    """A recipe's variant by the end of its name (`variant_names`)."""
    if suffix.startswith("-sdr"):
        recipe, suffix = recipe.in_sdr(), suffix.removeprefix("-sdr")
    renderings: tuple[Rendering, ...] = ("as-shot", "aces")
    for rendering in renderings:
        if suffix == f"-{rendering}":
            recipe = recipe.with_rendering(rendering)
    return recipe


def load_recipe(name: str, own: Path | None = None) -> Recipe:
    """Loads a recipe by name, from the built-in ones or the folder `own`, or a TOML file by path.

    A name may be that of a variant: youtube-4k-sdr is youtube-4k in SDR.

    Raises RequestError with the file, the key and the error.
    """
    path = Path(name) if name.endswith(".toml") else resource_root("presets") / "deliverables" / f"{name}.toml"
    if own and not path.is_file() and is_recipe_name(name):
        path = own / f"{name}.toml"
    if not path.is_file():
        for base in (name.removesuffix(suffix) for suffix in reversed(variant_names("")) if name.endswith(suffix)):
            if base != name and is_recipe_name(base) and _is_known(base, own):
                return _variant(load_recipe(base, own), name.removeprefix(base))
        names = [*recipe_names(), *(sorted(one.stem for one in own.glob("*.toml")) if own else ())]
        hint = f"Choose one of: {', '.join(names)}; or give the path of a file."
        raise RequestError(f"Recipe “{name}” not found.", hint_with_suggestion(name, names, hint))
    if not is_recipe_name(path.stem):
        raise RequestError(
            f"“{path.stem}” is not a valid recipe name.", "Use letters, digits, - and _ for the file name."
        )
    hint = "docs/contracts.md lists every key."
    return read_toml(Recipe, read_text(path), path.name, "recipe", hint, name=path.stem)
