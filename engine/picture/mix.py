"""Mixes two upright pictures in linear light to one frame, for dissolves, dips, wipes and pushes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from engine.picture.as_shot import Conversion
from engine.picture.choices import View
from engine.picture.frame_graphs import OutputSpec, display_pass
from engine.picture.reveal import Reveal
from engine.picture.scaling import Placement
from engine.render import (
    PICTURE,
    SCENE,
    Commands,
    Constant,
    Device,
    Graph,
    Image,
    IVec2,
    Lease,
    PixelPass,
    Plan,
    Spec,
    Uniforms,
    Vec4,
)

_CURVES: dict[View, int] = {"sdr": 1, "hlg": 2, "pq": 3}
# The weight of a picture that is seen everywhere: 1.
_WHOLE = (0.0, 0.0, 1.0, 0.0)


@dataclass(frozen=True)
class MixUniforms(Uniforms):
    """See shaders/mix.wgsl."""

    first_place: IVec2
    second_place: IVec2
    first_size: IVec2
    second_size: IVec2
    shares: Vec4 = (0.0, 0.0, 0.0, 0.0)
    shifts: Vec4 = (0.0, 0.0, 0.0, 0.0)
    first_ramp: Vec4 = _WHOLE
    second_ramp: Vec4 = _WHOLE


class MixPass(PixelPass):
    """Adds shares of two pictures at their places in a frame of `spec`; `curve` is that of shaders/mix.wgsl."""

    shader = "mix.wgsl"
    inputs: ClassVar[Mapping[str, str]] = {"first": PICTURE, "second": PICTURE}
    outputs = ("mixed",)
    uniforms = MixUniforms

    def __init__(self, spec: OutputSpec, places: Sequence[Placement], curve: int, form: str) -> None:
        corners = [(place.x, place.y) for place in places]
        sizes = [(place.width, place.height) for place in places]
        # A single picture is bound twice.
        if len(places) == 1:
            corners, sizes = [*corners, (0, 0)], [*sizes, (0, 0)]
        super().__init__(MixUniforms(corners[0], corners[1], sizes[0], sizes[1]))
        self._frame = Image(spec.width, spec.height, form)
        self._curve = curve

    def constants(self) -> Mapping[str, Constant]:
        """The curve of the inputs."""
        return {"CURVE": self._curve}

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        """A picture of the frame's size."""
        return {"mixed": self._frame}


class MixGraph:
    """The graph from one or two upright pictures at `places` to display codes of the whole frame of `spec`.

    The pictures are the linear light from which `mode` makes code values, in `primaries`; if `mode` is None, they are
    code values of the view, and are mixed in the light that its transfer function gives.
    """

    def __init__(
        self,
        device: Device,
        spec: OutputSpec,
        places: Sequence[Placement],
        mode: View | Conversion | None,
        primaries: int,
    ) -> None:
        form = SCENE if mode else device.display
        names = ["first", "second"][: len(places)]
        graph = Graph()
        for name, place in zip(names, places, strict=True):
            graph.source(name, Image(place.width, place.height, form))
        mix = MixPass(spec, places, 0 if mode else _CURVES[spec.view], form)
        graph.add(mix, first=names[0], second=names[-1])
        self._made = "mixed"
        if mode:
            graph.add(display_pass(mode, primaries, device.display), picture="mixed")
            self._made = "display"
        self._names = names
        self._size = (spec.width, spec.height)
        self._plan = Plan(device, graph, [self._made])

    def run(
        self, pictures: Sequence[Lease], shares: Sequence[float], reveals: Sequence[Reveal | None], commands: Commands
    ) -> Lease:
        """The mix with a share of each picture, where it is seen. The caller releases it."""
        first, second = (*shares, 0.0)[:2]
        shifts, ramps = [0.0] * 4, [_WHOLE] * 2
        for slot, reveal in enumerate(reveals):
            if reveal:
                shifts[2 * slot : 2 * slot + 2] = reveal.shift(*self._size)
                ramps[slot] = (*reveal.ramp(*self._size), 0.0)
        self._plan.set(
            "mix", shares=(first, second, 0.0, 0.0), shifts=tuple(shifts), first_ramp=ramps[0], second_ramp=ramps[1]
        )
        sources = {name: lease.resource for name, lease in zip(self._names, pictures, strict=True)}
        return self._plan.run(sources, into=commands)[self._made]
