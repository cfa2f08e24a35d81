"""Measures how much light each effect of a look adds or loses in a frame."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from engine.effects.energy import add_energy, read_energy
from engine.looks.look import Look
from engine.looks.look_frame import Curves, described, given_sources
from engine.picture import ANALYSED, WHOLE_PICTURE, LookSource
from engine.render import Graph, Image, Plan, Spec, open_device

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
    look: Look,
    light: NDArray[np.float32],
    *,
    curves: Curves,
    number: int,
    time: Fraction,
    seed: int = 0,
    sources: Mapping[str, LookSource] | None = None,
) -> list[EffectLight]:
    """The light around each effect of a look for a frame, in order.

    `light` is scene-linear ACEScg, (height, width, 3). The frame has its number in the film, a time on the clock of the
    curves, the seed of its noise, and the sources that the look reads.
    """
    sources = sources or {}
    height, width, _ = light.shape
    spec = Image(width, height, _FORMAT)
    graph = Graph()
    specs: dict[str, Spec] = {_PICTURE: spec, **{ANALYSED + name: one.spec for name, one in sources.items()}}
    for name, one in specs.items():
        graph.source(name, one)
    given = given_sources(sources, WHOLE_PICTURE)
    chain = described(look, curves, number, time, seed, _PICTURE, specs, given)
    chain.add_to(graph)
    pictures = [_PICTURE, *(one.picture for one in chain.results)]
    measured = dict.fromkeys(pictures)
    names = dict(zip(measured, add_energy(graph, list(measured)), strict=True))
    device = open_device()
    plan = Plan(device, graph, list(names.values()))
    opaque = np.ones((height, width, 4), np.float32)
    opaque[..., :3] = light
    with ExitStack() as stack:
        leases = {_PICTURE: stack.enter_context(device.load_picture(opaque, _FORMAT))}
        for name, source in sources.items():
            leases[ANALYSED + name] = stack.enter_context(device.load_picture(source.texels, source.spec.format))
        results = plan.run({name: lease.resource for name, lease in leases.items()})
        fetched = device.fetch([stack.enter_context(results[name]) for name in names.values()]).result()
        energies = dict(zip(names, (read_energy(one, spec) for one in fetched), strict=True))
    means = {name: energy.total / (3 * energy.pixels) for name, energy in energies.items()}
    return [
        EffectLight(named.name, means[before], means[after], energies[after].not_finite)
        for named, before, after in zip(look.effects, pictures, pictures[1:], strict=False)
    ]
