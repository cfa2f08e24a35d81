"""The keys of a recipe about its picture."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from engine.catalog import Picture
from engine.deliver.canvas import (
    FITS_CANVAS,
    Background,
    Canvas,
    CropPart,
    Fit,
    FrameRate,
    canvas_size,
    exact_rate,
    with_edges,
)
from engine.deliver.caption_recipe import CaptionStyle, RecipeTable
from engine.deliver.files_recipe import BurntText
from engine.deliver.follow_recipe import FollowRecipe
from engine.deliver.look_name import LOOK, LookName
from engine.picture import Rendering

View = Literal["hlg", "pq", "sdr"]
Lines = Annotated[int, Field(ge=0, le=16384)]
"""Lines of the short edge from which a bit rate applies."""
Megabits = Annotated[float, Field(ge=0.01, le=2000)]
"""A bit rate in Mb/s."""
# The default constant quality of FFmpeg's encoders.
_FFMPEG_QUALITY = {"h264": 23, "hevc": 28, "av1": 35}


class PictureRecipe(RecipeTable):
    """The picture of a deliverable. Its rate is either `bit_rate` or `quality`; ProRes is 422 HQ and takes neither."""

    view: View = Field(description="The colours: sdr (BT.709), hlg or pq (HDR10); both HDR views are BT.2020.")
    rendering: Rendering = Field(
        "as-shot", description="as-shot keeps the light of the footage's own display; aces applies the ACES 2.0 view."
    )
    look: LookName | None = Field(None, description=LOOK)
    codec: Literal["hevc", "h264", "av1", "prores"] = Field(
        description="The codec of the picture; h264 supports only 8-bit SDR, prores is 422 HQ in QuickTime."
    )
    bits: Literal[8, 10] | None = Field(None, description="Bits per sample. Default: 10 for HDR and ProRes, else 8.")
    long_edge: int = Field(
        default_factory=int, ge=16, le=16384, description="The longest side in pixels, at most or exactly: see fit."
    )
    short_edge: int = Field(
        default_factory=int, ge=16, le=16384, description="The shortest side in pixels, at most or exactly: see fit."
    )
    canvas: Canvas | None = Field(
        None,
        description="The exact size, as 1080x1920, for long_edge and short_edge; fit is pad, crop or follow.",
    )
    fit: Fit = Field(
        "within",
        description="within keeps the footage's shape and never enlarges it; "
        "fill-upright crops it to exactly short_edge × long_edge; "
        "pad shows all of it on the canvas; crop fills the canvas with it; follow does so with a crop that follows the "
        "speaker.",
    )
    background: Background = Field(
        "#000000", description="With pad, the rest of the canvas: a colour, #rrggbb, or blur: the picture, blurred."
    )
    crop: CropPart = Field(
        "centre", description="The part that a crop keeps: centre, left, right, top, bottom, or from 0 to 1."
    )
    follow: FollowRecipe = Field(FollowRecipe(), description="With follow, how the crop moves.")
    gop_seconds: float = Field(0.5, gt=0, le=10, description="The longest distance between key frames, in seconds.")
    effort: Literal["quick", "fast", "careful"] = Field("fast", description="How long the encoder may take.")
    quality: int | None = Field(
        None, ge=0, le=63, description="Constant quality (CRF) instead of a bit rate: 0 to 51, AV1 0 to 63."
    )
    max_rate: int | None = Field(None, ge=1, le=1000, description="The highest frame rate, in frames per second.")
    frame_rate: FrameRate | None = Field(
        None, description="The exact frame rate, as 25 or 30000/1001; each frame shows the nearest recorded one."
    )
    bit_rate: dict[View, dict[Lines, tuple[Megabits, Megabits]]] = Field(
        {}, description="By view and by lines of the short edge: Mb/s up to 30 frames per second, and above."
    )
    passes: Literal[1, 2] = Field(
        1,
        description="Passes of the encoder, for h264 and hevc with a bit rate: 2 measures the whole picture first and "
        "spends the bits where it needs them. It takes about twice as long, and never uses the Mac's media engine.",
    )
    fidelity: float | None = Field(
        None, ge=0.5, le=1, description="The lowest mean luma SSIM against the frames that the encoder received."
    )
    burn_in: tuple[Literal["name", "timecode", "captions", "watermark"], ...] = Field(
        (), description="What is drawn into the picture."
    )
    text: tuple[BurntText, ...] = Field((), description="Texts of your own that are drawn into the picture.")
    captions: CaptionStyle = Field(CaptionStyle(), description="The style of burnt-in captions.")
    copy_shots: Literal["where-possible", "never"] = Field(
        "never",
        description="where-possible copies the packets of a cut's shots whose picture the recipe leaves untouched.",
    )
    copy_gop_seconds: float | None = Field(
        None, gt=0, le=60, description="The longest GOP of a copied shot, in seconds. Default: gop_seconds."
    )

    def size(self, picture: Picture) -> tuple[int, int]:
        """The output size (width, height) in pixels for this footage; both even."""
        return self.size_of(picture.display_width, picture.display_height)

    def size_of(self, width: int, height: int) -> tuple[int, int]:
        """The output size (width, height) in pixels for an upright picture or canvas; both even."""
        if self.exact_size:
            return self.exact_size
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

    @property
    def exact_size(self) -> tuple[int, int] | None:
        """The size (width, height) in pixels if it does not depend on the footage."""
        if self.canvas:
            return canvas_size(self.canvas)
        return (self.short_edge, self.long_edge) if self.fit == "fill-upright" else None

    @property
    def rate(self) -> Fraction | None:
        """The exact frame rate, if the recipe has one."""
        return None if self.frame_rate is None else exact_rate(self.frame_rate)

    @property
    def crops(self) -> bool:
        """Whether parts of the picture may be cut away."""
        return self.fit in ("fill-upright", "crop", "follow")

    @property
    def follows(self) -> bool:
        """Whether the crop follows people."""
        return self.fit == "follow"

    @model_validator(mode="before")
    @classmethod
    def _canvas_has_edges(cls, values: Any) -> Any:
        return with_edges(values)

    @model_validator(mode="after")
    def _can_be_placed(self) -> Self:
        if not (self.long_edge and self.short_edge):
            raise ValueError("the picture has no size; set canvas, or long_edge and short_edge")
        if self.long_edge < self.short_edge:
            raise ValueError("long_edge is shorter than short_edge; exchange them")
        if self.canvas is None and self.fit in FITS_CANVAS:
            raise ValueError(f'fit = "{self.fit}" needs a canvas, as canvas = "1080x1920"')
        if self.canvas is not None and (self.fit not in FITS_CANVAS or self.long_edge % 2 or self.short_edge % 2):
            raise ValueError("a canvas has even sides, and its fit is pad, crop or follow")
        if self.rate and self.max_rate and self.rate > self.max_rate:
            raise ValueError("frame_rate is higher than max_rate; remove one")
        if len(self.background) > len("#rrggbb"):
            raise ValueError("the background has no transparency; use #rrggbb")
        return self

    @model_validator(mode="after")
    def _can_be_coded(self) -> Self:
        if self.codec == "h264" and (self.view != "sdr" or self.bits == 10):
            raise ValueError("h264 supports only 8-bit SDR; use hevc or av1 for HDR or 10 bits")
        if self.bits == 8 and (self.view != "sdr" or self.codec == "prores"):
            raise ValueError("HDR and ProRes use 10 bits per sample; remove bits")
        if self.codec == "prores" and (self.bit_rate or self.quality is not None):
            raise ValueError("ProRes 422 HQ sets its own rate; remove quality and bit_rate")
        if self.quality is not None and self.bit_rate.get(self.view):
            raise ValueError(
                'quality and bit_rate exclude each other; remove one (an inherited one: without = ["picture.bit_rate"])'
            )
        if self.passes == 2 and (self.codec not in ("h264", "hevc") or not self.bit_rate.get(self.view)):
            raise ValueError("two passes need h264 or hevc with a bit_rate for the view; remove passes")
        if self.codec != "av1" and (self.quality or 0) > 51:
            raise ValueError(f"quality of {self.codec} must be between 0 and 51")
        return self
