"""Where the interface of a platform leaves burnt-in captions visible, and the check that they are there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

from engine.deliver.platforms import load_platform
from engine.deliver.receipt import Check
from engine.deliver.recipe import Recipe
from engine.deliver.request import Programme

if TYPE_CHECKING:
    from engine.text import TextStyle

# The longest captions need the most room; the others lie within them.
_MOST_DRAWN = 24
_OLD = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class SafeZone:
    """The margins of an upright picture that an interface may cover, as shares of its height and width.

    They are the widest that a source states. `sources` are their addresses with the dates on which they were read.
    """

    top: float
    bottom: float
    left: float
    right: float
    sources: tuple[tuple[str, date], ...]

    def contains(self, free: Sequence[float], size: tuple[int, int]) -> bool:
        """Whether what leaves these shares free (above, below, left, right) lies in the zone of a (width, height)."""
        width, height = size
        # A pixel of tolerance, because margins are rounded to whole pixels.
        least = (self.top - 1 / height, self.bottom - 1 / height, self.left - 1 / width, self.right - 1 / width)
        return all(share >= wanted for share, wanted in zip(free, least, strict=True))

    def describe(self, today: date) -> str:
        """The margins with their sources, in a phrase."""
        parts = (("above", self.top), ("below", self.bottom), ("left", self.left), ("right", self.right))
        margins = ", ".join(f"{share:.0%} {side}".replace("%", " %") for side, share in parts)
        quoted = "; ".join(
            f"{url}, read on {day.day} {day:%b %Y}" + (", more than a year ago" if today - day > _OLD else "")
            for url, day in self.sources
        )
        return f"free: {margins} ({quoted})"


def safe_zone(recipe: Recipe, size: tuple[int, int]) -> SafeZone | None:
    """The safe zone of a recipe's platform for a picture of (width, height); None if it is not upright or has none."""
    if recipe.platform is None or size[0] >= size[1]:
        return None
    platform = load_platform(recipe.platform)
    zones = platform.safe_zone
    if not zones:
        return None
    top, bottom, left, right = (
        max(getattr(zone, side) for zone in zones) for side in ("top", "bottom", "left", "right")
    )
    sources = [platform.sources[zone.source] for zone in zones]
    return SafeZone(top, bottom, left, right, tuple((one.url, one.date) for one in sources))


def burnt_style(recipe: Recipe, size: tuple[int, int], position: Literal["bottom", "top"] | None = None) -> TextStyle:
    """The style of a recipe's burnt-in captions, with margins that keep them inside the safe zone.

    The margins of the recipe count where they are wider. `position` replaces that of the recipe.
    """
    assert recipe.picture
    style, zone = recipe.picture.captions.text_style(), safe_zone(recipe, size)
    if position:
        style = replace(style, position=position)
    if zone is None or not recipe.picture.captions.safe_zone:
        return style
    end = zone.bottom if style.position == "bottom" else zone.top
    return replace(
        style, sides=max(style.sides, zone.left), right=max(style.sides, zone.right), ends=max(style.ends, end)
    )


def safe_zone_results(order: Programme) -> list[Check]:
    """The check of the captions that are burnt into a programme's picture, today; empty if there are none."""
    size = order.frame_size
    if size is None or not order.recipe.burns_captions:
        return []
    return check_safe_zone(order.recipe, size, [cue.text for cue in order.caption_tracks[0].cues], date.today())


def check_safe_zone(
    recipe: Recipe, size: tuple[int, int], texts: Sequence[str], today: date, style: TextStyle | None = None
) -> list[Check]:
    """Draws the longest captions as they are burnt in, and measures whether the interface leaves them visible.

    `style` is that of the captions; the default is `burnt_style`.

    Empty without a safe zone or captions, and if the recipe does not keep to it.
    """
    import numpy as np

    from engine.text import CaptionRenderer

    zone = safe_zone(recipe, size)
    if zone is None or not texts or recipe.picture is None or not recipe.picture.captions.safe_zone:
        return []
    (width, height), draw = size, CaptionRenderer(*size, style or burnt_style(recipe, size)).draw
    free = [1.0, 1.0, 1.0, 1.0]
    longest = sorted(set(texts), key=len)[-_MOST_DRAWN:]
    for text in longest:
        rows, columns = np.nonzero(draw(text)[..., 3])
        if rows.size:
            above_below = [rows.min() / height, 1 - (rows.max() + 1) / height]
            left_right = [columns.min() / width, 1 - (columns.max() + 1) / width]
            free = [min(pair) for pair in zip(free, [*above_below, *left_right], strict=True)]
    return [
        Check(
            name="captions in the safe zone",
            passed=zone.contains(free, size),
            measured=f"{describe_free(free)}, in {len(longest)} captions",
            wanted=zone.describe(today),
        )
    ]


def describe_free(free: Sequence[float]) -> str:
    """The shares of a picture that are free above, below, at the left and at the right, in a phrase."""
    sides = zip(("above", "below", "left", "right"), free, strict=True)
    return "free: " + ", ".join(f"{share:.1%} {side}".replace("%", " %") for side, share in sides)
