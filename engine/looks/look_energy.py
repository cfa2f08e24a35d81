"""Measures how much light each effect of a look adds or loses in a frame."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from engine.effects.energy import add_energy, read_energy
from engine.looks.look import Look
from engine.looks.look_frame import Curves, described
from engine.render import Graph, Image, Plan, open_device

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PICTURE = "picture"
_FORMAT = "rgba32float"


@dataclass(frozen=True, slots=True)
class EffectLight:
    """The mean light of a picture before and after an effect, over all channels; `not_finite` counts pixels without."""

    effect: str
    before: float
    after: float
    not_finite: int


def effect_light(
    look: Look, light: NDArray[np.float32], *, curves: Curves, number: int, time: Fraction, seed: int = 0
) -> list[EffectLight]:
    """The light around each effect of a look for a frame, in order.

    `light` is scene-linear ACEScg, (height, width, 3). The frame has its number in the film, a time on the clock of the
    curves, and the seed of its noise.
    """
    height, width, _ = light.shape
    spec = Image(width, height, _FORMAT)
    graph = Graph()
    graph.source(_PICTURE, spec)
    chain = described(look, curves, number, time, seed, _PICTURE, {_PICTURE: spec})
    chain.add_to(graph)
    pictures = [_PICTURE, *(one.picture for one in chain.results)]
    measured = dict.fromkeys(pictures)
    names = dict(zip(measured, add_energy(graph, list(measured)), strict=True))
    device = open_device()
    plan = Plan(device, graph, list(names.values()))
    opaque = np.ones((height, width, 4), np.float32)
    opaque[..., :3] = light
    with ExitStack() as stack:
        source = stack.enter_context(device.load_picture(opaque, _FORMAT))
        results = plan.run({_PICTURE: source.resource})
        leases = [stack.enter_context(results[name]) for name in names.values()]
        energies = dict(zip(names, (read_energy(one, spec) for one in device.fetch(leases).result()), strict=True))
    means = {name: energy.total / (3 * energy.pixels) for name, energy in energies.items()}
    return [
        EffectLight(named.name, means[before], means[after], energies[after].not_finite)
        for named, before, after in zip(look.effects, pictures, pictures[1:], strict=False)
    ]
