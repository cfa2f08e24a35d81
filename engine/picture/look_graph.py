"""Applies looks on the GPU: from scene-linear light, through the passes of a look, to light or display codes."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.catalog import Encoding, Picture
from engine.picture.as_shot import Conversion
from engine.picture.color import input_transform
from engine.picture.frame_graphs import InputGraph, Mode, display_pass
from engine.picture.look_source import WHOLE_PICTURE, LookSource, PictureWindow
from engine.picture.planes import Planes
from engine.picture.scene_look import ANALYSED, LookPasses, SceneLook
from engine.render import SCENE, Commands, Device, Graph, Image, Lease, Plan, PointPass, Rows3, Spec, Uniforms, rows3

_PICTURE = "light"

# Plans of looks that are no longer shown are dropped after this many others: a look that is being edited makes many.
_REMEMBERED = 16


@dataclass(frozen=True)
class SourceLightUniforms(Uniforms):
    """See shaders/source_light.wgsl."""

    from_acescg: Rows3


class SourceLightPass(PointPass):
    """Converts ACEScg to the linear light of an encoding in its own primaries, from which `AsShotPass` makes codes."""

    shader = "source_light.wgsl"
    outputs = ("source_light",)
    uniforms = SourceLightUniforms

    def __init__(self, encoding: Encoding, primaries: int) -> None:
        super().__init__(SourceLightUniforms(rows3(np.linalg.inv(input_transform(encoding, primaries).matrix))))


@dataclass(frozen=True, slots=True)
class LookTarget:
    """The result of a look: codes of `mode` for a picture with an encoding and primaries, or their `light`."""

    mode: Mode
    encoding: Encoding
    primaries: int
    light: bool = False

    @classmethod
    def of(cls, mode: Mode, encoding: Encoding, picture: Picture, light: bool = False) -> LookTarget:
        """The result in a mode; what does not depend on the encoding does not differ by it."""
        if isinstance(mode, Conversion):
            return cls(mode, encoding, picture.primaries, light)
        return cls("linear" if light else mode, Encoding.EXR, 2)


class LookGraph:
    """The graph of a look for pictures of one size. `chain` is the look's passes for one of its frames."""

    def __init__(
        self,
        device: Device,
        size: tuple[int, int],
        chain: LookPasses,
        target: LookTarget,
        sources: Mapping[str, LookSource],
    ) -> None:
        self._device = device
        graph = Graph()
        graph.source(_PICTURE, Image(*size, SCENE))
        for name, source in sources.items():
            graph.source(ANALYSED + name, source.spec)
        # This graph keeps them: another frame of the same submission must not change them.
        self._sources = {name: device.load_picture(one.texels, one.spec.format) for name, one in sources.items()}
        made = chain.add_to(graph)
        if isinstance(target.mode, Conversion):
            graph.add(SourceLightPass(target.encoding, target.primaries), picture=made)
            made = "source_light"
        if target.mode != "linear" and not target.light:
            graph.add(display_pass(target.mode, target.primaries, device.display), picture=made)
            made = "display"
        self._made = made
        self._plan = Plan(device, graph, [made])
        self._following: Hashable = None

    def run(
        self,
        light: Lease,
        chain: LookPasses,
        sources: Mapping[str, LookSource],
        shot: Hashable,
        number: int,
        commands: Commands,
    ) -> Lease:
        """The result for a frame `number` of a shot, with these passes and sources. The caller releases it."""
        if self._following != (shot, number):
            self._plan.reset_history()
        self._following = (shot, number + 1)
        for node, values in chain.values.items():
            self._plan.set_values(node, values)
        given = {_PICTURE: light.resource}
        for name, source in sources.items():
            texture = given[ANALYSED + name] = self._sources[name].resource
            self._device.upload_texture(texture, source.texels)
        return self._plan.run(given, into=commands)[self._made]

    def reload(self) -> bool:
        """As `Plan.reload`."""
        return self._plan.reload()

    def close(self) -> None:
        """Releases the pictures of the sources."""
        for lease in self._sources.values():
            lease.release()


class LookGraphs:
    """The compiled looks of a pipeline: one for each topology, size, target and `slot`.

    A slot has uniforms of its own, for pictures of one submission.
    """

    def __init__(self, device: Device) -> None:
        self._device = device
        self._graphs: dict[Hashable, LookGraph] = {}

    def apply(
        self,
        light: Lease,
        size: tuple[int, int],
        look: SceneLook,
        number: int,
        target: LookTarget,
        commands: Commands,
        slot: int = 0,
        window: PictureWindow = WHOLE_PICTURE,
    ) -> Lease:
        """The result of a look for a frame; `light` is scene-linear ACEScg of this size. The caller releases it.

        `window` is the part of the take's picture that it shows.
        """
        sources = look.sources(number)
        specs: dict[str, Spec] = {ANALYSED + name: source.spec for name, source in sources.items()}
        chain = look.describe(number, _PICTURE, {_PICTURE: Image(*size, SCENE), **specs}, sources, window)
        key = (chain.topology, size, target, slot)
        graph = self._graphs.pop(key, None) or LookGraph(self._device, size, chain, target, sources)
        while len(self._graphs) >= _REMEMBERED:
            self._graphs.pop(next(iter(self._graphs))).close()
        # The most recently used is the last.
        self._graphs[key] = graph
        return graph.run(light, chain, sources, look.shot, number, commands)

    def read(
        self,
        front: InputGraph,
        planes: Planes,
        size: tuple[int, int],
        look: SceneLook,
        number: int,
        target: LookTarget,
        window: PictureWindow = WHOLE_PICTURE,
    ) -> NDArray[Any]:
        """The result for decoded planes, (height, width, 4), in the texture's format; `window` as in `apply`."""
        try:
            with (
                self._device.commands() as commands,
                self.apply(front.show(planes, commands), size, look, number, target, commands, 0, window) as result,
            ):
                pending = self._device.fetch([result], into=commands)
        finally:
            front.forget()
        (pixels,) = pending.result()
        return pixels

    def reload(self) -> bool:
        """Reloads changed shaders. Returns whether any changed; raises EngineError with file and line."""
        changed = [graph.reload() for graph in self._graphs.values()]
        return any(changed)
