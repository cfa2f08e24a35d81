"""The rules of platforms as data (TOML): each limit with its source, and the date on which that was read."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from engine.deliver.caption_recipe import RecipeTable
from engine.errors import RequestError
from engine.resources import resource_root
from engine.suggestion import hint_with_suggestion
from engine.validation import matching, read_text, read_toml

Measure = Literal[
    "picture", "duration", "bytes", "container", "edit_list", "faststart", "video_codec", "chroma", "closed_gop",
    "gop_seconds", "frame_rate", "width", "height", "aspect", "target_bit_rate", "video_bit_rate", "audio_codec",
    "audio_bit_rate", "sample_rate", "channels", "loudness", "true_peak", "view", "cover_side",
]  # fmt: skip
"""What a rule limits. Durations are in seconds, rates in bits, frames or samples per second, sides in pixels, levels in
LUFS and dBTP. `aspect` is width over height. `target_bit_rate` and `audio_bit_rate` are the encoder's settings,
`video_bit_rate` is the average of the file. `view` is sdr or hdr. `cover_side` is the side of a
square cover in pixels, 0 if it is not square."""

Value = bool | float | str
Facts = Mapping[Measure, Value]
"""What is known of a deliverable, before or after it is built."""

Url = Annotated[str, matching(r"https://\S+", "an address, https://…")]


class Source(RecipeTable):
    """Where a platform or somebody who quotes it states limits, and the date on which that was read."""

    url: Url
    date: datetime.date


class Limit(RecipeTable):
    """The values that one source allows: a range, a list, or yes or no."""

    at_least: float | None = None
    at_most: float | None = None
    one_of: tuple[str | int, ...] = ()
    equals: bool | None = None
    source: str

    def allows(self, value: Value) -> bool:
        """Whether a value is within the limit."""
        if self.equals is not None:
            return value is self.equals
        if self.one_of:
            return value in self.one_of
        if isinstance(value, str):
            return False
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)

    @model_validator(mode="after")
    def _has_one_kind(self) -> Self:
        ranged = self.at_least is not None or self.at_most is not None
        if ranged + bool(self.one_of) + (self.equals is not None) != 1:
            raise ValueError("a limit is a range (at_least, at_most), one_of or equals")
        return self


class CoveredPictures(RecipeTable):
    """The pictures that a rule is about: of a view, with a shorter side from `lines` to below `below`, fast or not.

    `fast` is above 30 frames per second.
    """

    view: Literal["sdr", "hdr"]
    lines: int = 0
    below: int | None = None
    fast: bool | None = None

    def covers(self, facts: Facts) -> bool:
        """Whether the picture is known to be one of them."""
        if facts.get("view") != self.view:
            return False
        if self.lines == 0 and self.fast is None:
            return True
        width, height, rate = facts.get("width"), facts.get("height"), facts.get("frame_rate")
        if not (isinstance(width, float | int) and isinstance(height, float | int) and isinstance(rate, float | int)):
            return False
        side = min(width, height)
        return self.lines <= side < (self.below or side + 1) and self.fast in (None, rate > 31)


class PlatformRule(RecipeTable):
    """A rule about one measure. Sources that differ have a limit each. `required`: else it is a recommendation."""

    measure: Measure
    required: bool = True
    when: CoveredPictures | None = None
    limits: Annotated[tuple[Limit, ...], Field(min_length=1)]


class StatedNotice(RecipeTable):
    """What a platform states that no file shows; only about files longer than `longer_than` seconds."""

    text: str
    longer_than: float = 0
    source: str


class InterfaceMargins(RecipeTable):
    """The margins of an upright video that the interface covers, as shares of its height and width, by one source."""

    top: float = Field(0, ge=0, le=0.5)
    bottom: float = Field(0, ge=0, le=0.5)
    left: float = Field(0, ge=0, le=0.5)
    right: float = Field(0, ge=0, le=0.5)
    source: str


class Platform(RecipeTable):
    """A platform with its rules. It takes those about other measures from the platform that it `extends`."""

    name: str
    title: str
    extends: str | None = None
    sources: Mapping[str, Source]
    rule: tuple[PlatformRule, ...] = ()
    notice: tuple[StatedNotice, ...] = ()
    safe_zone: tuple[InterfaceMargins, ...] = ()

    @model_validator(mode="after")
    def _names_its_sources(self) -> Self:
        named = [limit.source for rule in self.rule for limit in rule.limits] + [one.source for one in self.notice]
        named += [one.source for one in self.safe_zone]
        if missing := sorted(set(named) - set(self.sources)):
            raise ValueError(f"there is no [sources.{missing[0]}]")
        return self


def platform_names() -> list[str]:
    """The names of the known platforms, sorted."""
    return sorted(path.stem for path in (resource_root("presets") / "platforms").glob("*.toml"))


@cache
def load_platform(name: str) -> Platform:
    """The rules of a platform, inherited ones included. Raises RequestError if it is unknown or not valid."""
    names = platform_names()
    if name not in names:
        hint = f"Choose one of: {', '.join(names)}."
        raise RequestError(f"Platform “{name}” not found.", hint_with_suggestion(name, names, hint))
    path = resource_root("presets") / "platforms" / f"{name}.toml"
    hint = "docs/contracts.md describes the rules of platforms."
    platform = read_toml(Platform, read_text(path), path.name, "description of a platform", hint, name=name)
    if platform.extends is None:
        return platform
    base = load_platform(platform.extends)
    own = {rule.measure for rule in platform.rule}
    return platform.model_copy(
        update={
            "sources": {**base.sources, **platform.sources},
            "rule": (*platform.rule, *(rule for rule in base.rule if rule.measure not in own)),
            "notice": (*platform.notice, *base.notice),
            "safe_zone": platform.safe_zone or base.safe_zone,
        }
    )
