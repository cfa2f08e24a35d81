"""The frame of a deliverable's picture: its exact size, and how pictures of other shapes are placed in it."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from engine.deliver.caption_recipe import Colour
from engine.validation import matching

Canvas = Annotated[str, matching(r"[1-9]\d{1,4}x[1-9]\d{1,4}", "a size in pixels, as 1080x1920")]
"""Width and height in pixels, WxH."""

Fit = Literal["within", "fill-upright", "pad", "crop", "follow"]
FITS_CANVAS = ("pad", "crop", "follow")
"""The values of fit that need a canvas."""

CropPart = Literal["centre", "left", "right", "top", "bottom"] | Annotated[float, Field(ge=0, le=1)]
"""The part that a crop keeps: a number is 0 at the left or upper end, and 1 at the right or lower one."""

Background = Colour | Literal["blur"]

_PARTS = {
    "centre": Fraction(1, 2),
    "left": Fraction(0),
    "top": Fraction(0),
    "right": Fraction(1),
    "bottom": Fraction(1),
}


def _known_rate(value: str | int) -> str | int:
    exact_rate(value)
    return value


FrameRate = Annotated[str | int, AfterValidator(_known_rate)]
"""A frame rate: a whole number, or a ratio as 30000/1001. 23.976, 29.97 and 59.94 mean the NTSC rates."""

_NTSC = {"23.976": 24, "23.98": 24, "29.97": 30, "47.95": 48, "59.94": 60, "119.88": 120}
_FASTEST = 240


def exact_rate(value: str | int) -> Fraction:
    """The rate in frames per second. Raises ValueError if it is none from 1 to 240."""
    text = str(value).strip()
    try:
        rate = Fraction(_NTSC[text] * 1000, 1001) if text in _NTSC else Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise ValueError("must be a frame rate, as 25 or 30000/1001") from None
    if not 1 <= rate <= _FASTEST or rate.denominator not in (1, 1001):
        raise ValueError(f"must be a whole number from 1 to {_FASTEST}, or a ratio as 30000/1001")
    return rate


def canvas_size(canvas: str) -> tuple[int, int]:
    """The width and height of a canvas in pixels."""
    width, _, height = canvas.partition("x")
    return int(width), int(height)


def crop_anchor(part: CropPart) -> Fraction:
    """The kept part as a number from 0 to 1."""
    return _PARTS[part] if isinstance(part, str) else Fraction(part).limit_denominator(1000)


def background_light(background: str) -> tuple[float, float, float] | None:
    """Red, green and blue of a colour from 0 to 1; None for a blurred copy of the picture."""
    if background == "blur":
        return None
    red, green, blue = (int(background[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def with_edges(values: Any) -> Any:
    """The keys of a picture with the edges and the fit that its canvas means; other values as they are."""
    if not isinstance(values, Mapping) or not isinstance(canvas := values.get("canvas"), str):
        return values
    width, _, height = canvas.partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        return values
    sides = sorted((int(width), int(height)))
    return {"fit": "pad", **values, "long_edge": sides[1], "short_edge": sides[0]}
