"""The frames of a look: its passes at a time, with animated parameters, for the picture pipelines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from engine.effects import DescribedChain, Effect, FrameContext, GivenSource, describe_chain
from engine.keyframes import KeyframeCurve, without_clock
from engine.looks.look import Look
from engine.looks.parameters import Parameter, parameters_of, with_values
from engine.looks.take_sources import TakeMoments, TakeSources, load_sources
from engine.picture import LookSource, PictureWindow
from engine.render import Image, Spec

Curves = Mapping[str, KeyframeCurve]
"""Curves by the paths of their parameters; times are seconds on the clock of the look."""

# The looks whose first frame was described without a clock. More need no check: their code is the same.
_CHECKED: set[str] = set()


@dataclass(frozen=True, slots=True)
class TakeLook:
    """A look of a take, or of a file, whose frame `number` is at `number` / `rate` seconds; a `SceneLook`.

    `moments` are the times of its frames as recorded, at which `given` has masks and other sources.
    """

    look: Look
    rate: Fraction
    given: TakeSources | None = None
    moments: TakeMoments | None = None

    @property
    def shot(self) -> int:
        """A take is one shot."""
        return 0

    def sources(self, number: int) -> Mapping[str, LookSource]:
        """The sources of a frame."""
        time, step = self.moments.at(number) if self.moments else (number / self.rate, 1 / self.rate)
        return load_sources(self.look, self.given, time, step)

    def describe(
        self,
        number: int,
        picture: str,
        specs: Mapping[str, Spec],
        sources: Mapping[str, LookSource],
        window: PictureWindow,
    ) -> DescribedChain:
        """The passes of a frame."""
        given = given_sources(sources, window)
        return described(self.look, {}, number, number / self.rate, 0, picture, specs, given)


@dataclass(frozen=True, slots=True)
class ClipLook:
    """A look of a clip at a `time` of its take's clock, in seconds; a `SceneLook`.

    `seed` is different for each clip, so that two clips of a dissolve have grain of their own. `given` are the masks
    and other sources of the take, `shown` the time of its frame, and `step` the duration of a frame of the film.
    """

    look: Look
    time: Fraction
    seed: int
    curves: Curves = field(default_factory=dict)
    given: TakeSources | None = None
    shown: Fraction | None = None
    step: Fraction = Fraction(0)

    @property
    def shot(self) -> int:
        """The clip."""
        return self.seed

    def sources(self, number: int) -> Mapping[str, LookSource]:
        """The sources of the shown frame of the take."""
        return load_sources(self.look, self.given, self.time if self.shown is None else self.shown, self.step)

    def describe(
        self,
        number: int,
        picture: str,
        specs: Mapping[str, Spec],
        sources: Mapping[str, LookSource],
        window: PictureWindow,
    ) -> DescribedChain:
        """The passes of a frame of the film."""
        given = given_sources(sources, window)
        return described(self.look, self.curves, number, self.time, self.seed, picture, specs, given)


def described(
    look: Look,
    curves: Curves,
    number: int,
    time: Fraction,
    seed: int,
    picture: str,
    specs: Mapping[str, Spec],
    given: Mapping[str, GivenSource],
) -> DescribedChain:
    """The passes of a look for the frame `number` of a film at a time in seconds, with the sources that it reads.

    Raises WallClockError if an effect reads a clock or a random source; only a look's first frame is checked.
    """
    size = specs[picture]
    assert isinstance(size, Image)
    frame = FrameContext(size.width, size.height, number, time, seed=seed)
    if look.digest in _CHECKED:
        return describe_chain(effects_at(look, curves, time), frame, picture, specs, given)
    with without_clock():
        chain = describe_chain(effects_at(look, curves, time), frame, picture, specs, given)
    _CHECKED.add(look.digest)
    return chain


def given_sources(sources: Mapping[str, LookSource], window: PictureWindow) -> dict[str, GivenSource]:
    """The sources as a chain receives them."""
    return {name: GivenSource(source.confidence, window, source.metric) for name, source in sources.items()}


def effects_at(look: Look, curves: Curves, time: Fraction) -> list[Effect]:
    """The effects of a look, with the values of the curves at a time. Curves of unknown parameters are ignored."""
    if not curves:
        return [one.effect for one in look.effects]
    known = parameters_of(look)
    values: dict[str, dict[Parameter, float]] = {}
    for path, curve in curves.items():
        if parameter := known.get(path):
            values.setdefault(path.partition(".")[0], {})[parameter] = curve.at(time)
    return [with_values(one.effect, values[one.name]) if one.name in values else one.effect for one in look.effects]
