"""Temporal accumulation: a frame as the weighted sum of subframes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import ClassVar

from engine.effects.shutter import Subframe
from engine.render import F32, PICTURE, Commands, Constant, Device, Graph, Image, Lease, Plan, PointPass, Spec, Uniforms

_SUM = "rgba32float"


class Accumulator:
    """Adds weighted pictures of one size on the GPU, in single floats."""

    def __init__(self, device: Device, spec: Image) -> None:
        self._device = device
        self._first = self._plan(spec, first=True)
        self._next = self._plan(spec, first=False)

    def render(self, subframes: Iterable[Subframe], render: Callable[[Fraction, Commands], Lease]) -> Lease:
        """The weighted sum of pictures, in single floats; the caller releases it. All are submitted at once.

        `render` adds the work of the picture at a time to the commands and returns its lease, which is released here.
        """
        total: Lease | None = None
        with self._device.commands() as commands:
            for subframe in subframes:
                with render(subframe.time, commands) as picture:
                    before, total = total, self._added(picture, total, subframe.weight, commands)
                if before is not None:
                    before.release()
        assert total is not None, "a frame has a subframe"
        return total

    def _added(self, picture: Lease, total: Lease | None, weight: float, commands: Commands) -> Lease:
        plan = self._next if total else self._first
        plan.set("accumulate", weight=weight)
        sources = {"picture": picture.resource} | ({"sum": total.resource} if total else {})
        return plan.run(sources, into=commands)["added"]

    def _plan(self, spec: Image, first: bool) -> Plan:
        graph = Graph()
        graph.source("picture", spec)
        if not first:
            graph.source("sum", replace(spec, format=_SUM))
        # The first pass does not read its sum, and needs a wire for it.
        wires = {"sum": "picture"} if first else {}
        graph.add(AccumulatePass(first), "accumulate", **wires)
        return Plan(self._device, graph, ["added"])


@dataclass(frozen=True)
class AccumulateUniforms(Uniforms):
    """See shaders/effects/accumulate.wgsl."""

    weight: F32


class AccumulatePass(PointPass):
    """Adds a weighted picture to a sum; the `first` one starts it."""

    shader = "effects/accumulate.wgsl"
    inputs: ClassVar[Mapping[str, str]] = {"picture": PICTURE, "sum": PICTURE}
    outputs = ("added",)
    uniforms = AccumulateUniforms

    def __init__(self, first: bool) -> None:
        super().__init__(AccumulateUniforms(1.0))
        self._first = first

    def constants(self) -> Mapping[str, Constant]:
        """Whether there is no sum yet."""
        return {"FIRST": self._first}

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        """The sum has single floats, so that many small shares are not rounded."""
        picture = inputs["picture"]
        assert isinstance(picture, Image)
        return {"added": replace(picture, format=_SUM)}
