"""Renders a chain whose parameters move, at each subframe of a frame."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from engine.effects.accumulation import Accumulator
from engine.effects.chain import DescribedChain, describe_chain
from engine.effects.effect import Effect
from engine.effects.frame import FrameContext
from engine.effects.shutter import Subframe
from engine.render import Commands, Device, Graph, Image, Lease, Plan, Spec

_PLANS = 4


class SubframeRenderer:
    """Renders frames of one size as weighted sums of subframes.

    The chain of each subframe has the parameters of its exact time. `specs` describes the picture and the other sources
    that the effects read.
    """

    def __init__(self, device: Device, picture: str, specs: Mapping[str, Spec]) -> None:
        self._device = device
        self._picture = picture
        self._specs = dict(specs)
        spec = self._specs[picture]
        assert isinstance(spec, Image)
        self._accumulator = Accumulator(device, spec)
        self._plans: OrderedDict[Hashable, Plan] = OrderedDict()

    def render(
        self,
        effects_at: Callable[[Fraction], Sequence[Effect]],
        frame: FrameContext,
        subframes: Sequence[Subframe],
        sources: Mapping[str, Any],
    ) -> Lease:
        """The frame in single floats; the caller releases it.

        `effects_at` returns the chain at a time in seconds, with at least one effect. Noise does not change during a
        frame, because the frame's number is the same in all subframes.
        """

        def render(time: Fraction, commands: Commands) -> Lease:
            chain = describe_chain(effects_at(time), replace(frame, time=time), self._picture, self._specs)
            plan = self._plan(chain)
            for node, values in chain.values.items():
                plan.set_values(node, values)
            return plan.run(sources, into=commands)[chain.result]

        return self._accumulator.render(subframes, render)

    def _plan(self, chain: DescribedChain) -> Plan:
        if chain.topology not in self._plans:
            graph = Graph()
            for name, spec in self._specs.items():
                graph.source(name, spec)
            self._plans[chain.topology] = Plan(self._device, graph, [chain.add_to(graph)])
            if len(self._plans) > _PLANS:
                self._plans.popitem(last=False)
        self._plans.move_to_end(chain.topology)
        return self._plans[chain.topology]
