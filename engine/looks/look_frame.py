"""The frames of a look: its passes at a time, with animated parameters, for the picture pipelines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from engine.effects import DescribedChain, Effect, FrameContext, describe_chain
from engine.errors import RequestError
from engine.keyframes import KeyframeCurve, without_clock
from engine.looks.look import Look
from engine.looks.parameters import Parameter, parameters_of, with_values
from engine.render import Image, Spec

Curves = Mapping[str, KeyframeCurve]
"""Curves by the paths of their parameters; times are seconds on the clock of the look."""

# The looks whose first frame was described without a clock. More need no check: their code is the same.
_CHECKED: set[str] = set()


@dataclass(frozen=True, slots=True)
class TakeLook:
    """A look of a take, or of a file, whose frame `number` is at `number` / `rate` seconds; a `SceneLook`."""

    look: Look
    rate: Fraction

    @property
    def shot(self) -> int:
        """A take is one shot."""
        return 0

    def describe(self, number: int, picture: str, specs: Mapping[str, Spec]) -> DescribedChain:
        """The passes of a frame."""
        return described(self.look, {}, number, number / self.rate, 0, picture, specs)


@dataclass(frozen=True, slots=True)
class ClipLook:
    """A look of a clip at a `time` of its take's clock, in seconds; a `SceneLook`.

    `seed` is different for each clip, so that two clips of a dissolve have grain of their own.
    """

    look: Look
    time: Fraction
    seed: int
    curves: Curves = field(default_factory=dict)

    @property
    def shot(self) -> int:
        """The clip."""
        return self.seed

    def describe(self, number: int, picture: str, specs: Mapping[str, Spec]) -> DescribedChain:
        """The passes of a frame of the film."""
        return described(self.look, self.curves, number, self.time, self.seed, picture, specs)


def described(
    look: Look, curves: Curves, number: int, time: Fraction, seed: int, picture: str, specs: Mapping[str, Spec]
) -> DescribedChain:
    """The passes of a look for the frame `number` of a film at a time in seconds.

    Raises RequestError if an effect reads what the picture does not have, such as a mask, and WallClockError if one
    reads a clock or a random source; for that, only a look's first frame is checked.
    """
    size = specs[picture]
    assert isinstance(size, Image)
    for one in look.effects:
        if one.effect.mask is not None and one.effect.mask not in specs:
            raise RequestError(
                f"[{one.name}] of the look {look.name} reads the mask “{one.effect.mask}”, which this picture lacks.",
                f"Remove mask from [{one.name}].",
            )
    frame = FrameContext(size.width, size.height, number, time, seed=seed)
    if look.digest in _CHECKED:
        return describe_chain(effects_at(look, curves, time), frame, picture, specs)
    with without_clock():
        chain = describe_chain(effects_at(look, curves, time), frame, picture, specs)
    _CHECKED.add(look.digest)
    return chain


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
