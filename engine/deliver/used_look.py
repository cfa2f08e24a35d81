"""A look in a receipt: which, where, and the light before and after each of its effects."""

from __future__ import annotations

from pydantic import Field

from engine.catalog import Exact, FrozenModel


class LightOfEffect(FrozenModel):
    """The mean light of a frame before and after an effect; `not_finite` counts pixels without a value."""

    effect: str
    before: float
    after: float
    not_finite: int = 0


class LookSample(FrozenModel):
    """A measured frame: its time in the take or in the film, in seconds, and its clip by number.

    `confidence` is that of each source that the look reads there, such as "person"; it scales the effects.
    """

    time: Exact
    clip: int | None = None
    effects: tuple[LightOfEffect, ...]
    confidence: dict[str, float] = Field(default_factory=dict)


class UsedLook(FrozenModel):
    """A look of a deliverable: `digest` is that of its effects with all values, `version` that of its format.

    `clips` are the numbers of the clips of a cut that have it, `animated` the parameters with keyframes.
    """

    name: str
    digest: str
    version: int
    order: str
    effects: tuple[str, ...]
    clips: tuple[int, ...] = ()
    animated: tuple[str, ...] = ()
    samples: tuple[LookSample, ...] = ()
