"""Temporal accumulation: a frame as the weighted sum of subframes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import ClassVar

from engine.effects.shutter import Subframe
from engine.render import (
    PICTURE,
    Commands,
    Constant,
    Device,
    Graph,
    Image,
    Lease,
    Plan,
    PointPass,
    Spec,
    Uniforms,
    Vec4,
)

_SUM = "rgba32float"
# Pictures that one pass adds: the sum is read and written once for them.
_INPUTS = ("picture", "second", "third", "fourth")


class Accumulator:
    """Adds weighted pictures of one size on the GPU, in single floats."""

    def __init__(self, device: Device, spec: Image) -> None:
        self._device = device
        self._spec = spec
        self._plans: dict[tuple[int, bool], Plan] = {}

    def render(self, subframes: Sequence[Subframe], render: Callable[[Fraction, Commands], Lease]) -> Lease:
        """The weighted sum of pictures, in single floats; the caller releases it. All are submitted at once.

        `render` adds the work of the picture at a time to the commands and returns its lease, which is released here.
        There is at least one subframe.
        """
        total: Lease | None = None
        with self._device.commands() as commands:
            for start in range(0, len(subframes), len(_INPUTS)):
                some = subframes[start : start + len(_INPUTS)]
                with ExitStack() as stack:
                    pictures = [stack.enter_context(render(one.time, commands)) for one in some]
                    if total:
                        stack.enter_context(total)
                    total = self._added(pictures, [one.weight for one in some], total, commands)
        assert total is not None, "a frame has a subframe"
        return total

    def _added(
        self, pictures: Sequence[Lease], weights: Sequence[float], total: Lease | None, commands: Commands
    ) -> Lease:
        plan = self._plan(len(pictures), total is None)
        first, second, third, fourth = (*weights, 0.0, 0.0, 0.0)[:4]
        plan.set("accumulate", weights=(first, second, third, fourth))
        sources = {name: picture.resource for name, picture in zip(_INPUTS, pictures, strict=False)}
        if total:
            sources["sum"] = total.resource
        return plan.run(sources, into=commands)["added"]

    def _plan(self, count: int, first: bool) -> Plan:
        if (count, first) not in self._plans:
            graph = Graph()
            for name in _INPUTS[:count]:
                graph.source(name, self._spec)
            if not first:
                graph.source("sum", replace(self._spec, format=_SUM))
            # Inputs that are not read need a wire.
            wires = dict.fromkeys((*_INPUTS[count:], *(("sum",) if first else ())), "picture")
            graph.add(AccumulatePass(count, first), "accumulate", **wires)
            self._plans[count, first] = Plan(self._device, graph, ["added"])
        return self._plans[count, first]


@dataclass(frozen=True)
class AccumulateUniforms(Uniforms):
    """See shaders/effects/accumulate.wgsl."""

    weights: Vec4


class AccumulatePass(PointPass):
    """Adds `count` weighted pictures to a sum; the `first` ones start it."""

    shader = "effects/accumulate.wgsl"
    inputs: ClassVar[Mapping[str, str]] = dict.fromkeys((*_INPUTS, "sum"), PICTURE)
    outputs = ("added",)
    uniforms = AccumulateUniforms

    def __init__(self, count: int, first: bool) -> None:
        super().__init__(AccumulateUniforms((1.0, 0.0, 0.0, 0.0)))
        self._count, self._first = count, first

    def constants(self) -> Mapping[str, Constant]:
        """The number of pictures, and whether there is no sum yet."""
        return {"COUNT": self._count, "FIRST": self._first}

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        """The sum has single floats, so that many small shares are not rounded."""
        picture = inputs["picture"]
        assert isinstance(picture, Image)
        return {"added": replace(picture, format=_SUM)}
