"""Renders frames of several takes into one stream: one picture, two that are mixed in linear light, or black."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np

from engine.catalog import Encoding, Picture
from engine.picture.as_shot import Conversion, conversion_of
from engine.picture.choices import Rendering, View
from engine.picture.frame_graphs import InputGraph, OutputGraph, OutputSpec, Overlay, PendingOutput
from engine.picture.look_graph import LookGraphs, LookTarget
from engine.picture.mix import MixGraph
from engine.picture.moving_crop import CropWindow
from engine.picture.pipeline import PendingFrame, Pipeline, overlapped, require_conformance
from engine.picture.planes import Planes, YuvPlanes
from engine.picture.reveal import Reveal
from engine.picture.scaling import Placement, place
from engine.picture.scene_look import SceneLook
from engine.picture.unchanged import FinishedOutput, black_codes
from engine.render import Device, open_device

_BLACK_PICTURE = Picture(
    index=0,
    codec="",
    pixel_format="",
    width=2,
    height=2,
    display_width=2,
    display_height=2,
    frame_rate=1,
    frames=1,
    encoding=Encoding.REC709,
    input_transform=Encoding.REC709,
    primaries=1,
)


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """A decoded frame of a picture with its confirmed input transform, its share of the light (0 to 1) and its look.

    In a wipe or a push, `reveal` says where it is seen. `crop` is its moving crop, if it has one.
    """

    picture: Picture
    transform: Encoding
    planes: Planes
    share: float = 1.0
    look: SceneLook | None = None
    reveal: Reveal | None = None
    crop: CropWindow | None = None

    @property
    def is_whole(self) -> bool:
        """Whether all of it is seen, and nothing else."""
        return self.share == 1 and self.reveal is None


@dataclass(frozen=True, slots=True)
class _Form:
    """What the graphs of a picture depend on, apart from the layout of its planes: takes of one camera share them."""

    size: tuple[int, int]
    rotation: int
    mirrored: bool
    primaries: int
    alpha: bool
    transform: Encoding

    @classmethod
    def of(cls, layer: Layer) -> _Form:
        """The form of a layer."""
        picture = layer.picture
        size = (picture.display_width, picture.display_height)
        turned = (picture.rotation, picture.mirrored)
        return cls(size, *turned, picture.primaries, picture.alpha, layer.transform)


class Compositor:
    """Renders layers on the GPU. Graphs are compiled when they are first needed and reused.

    Without overlay, a single picture that `spec` shows as it was recorded keeps its codes and needs no GPU, nor does
    black. Each picture keeps its aspect ratio and is placed in the frame by `spec.fit`. Two pictures whose code values
    come from the same kind of light (ACEScg, or the light of one encoding) are mixed in it; others in the display's
    light. Looks are applied before that, to each picture at its size in the frame. Raises EngineError on a GPU whose
    colours differ from the CPU's.
    """

    def __init__(self, spec: OutputSpec, rendering: Rendering) -> None:
        self._spec, self._rendering = spec, rendering
        self._pipelines: dict[_Form, Pipeline] = {}
        self._lights: dict[Any, InputGraph] = {}
        self._mixes: dict[Any, MixGraph] = {}
        zeros = np.zeros((2, 2), np.uint8)
        black = Layer(_BLACK_PICTURE, Encoding.REC709, Planes((zeros, zeros, zeros), 2, 2, 8))
        self._black = black
        # An ACES view may lift black; a gap is the code value 0.
        self._pipelines[_Form.of(black)] = Pipeline(_BLACK_PICTURE, Encoding.REC709, spec)

    def stream(
        self, frames: Iterable[tuple[Sequence[Layer], Overlay | None]], first_frame: int = 0
    ) -> Iterator[YuvPlanes]:
        """The frame of each sequence of layers (none: black, one or two) with its overlay, as `Pipeline.stream`."""
        return overlapped(
            partial(self._begin, layers, overlay, number)
            for number, (layers, overlay) in enumerate(frames, first_frame)
        )

    @cached_property
    def _device(self) -> Device:
        return open_device()

    @cached_property
    def _looks(self) -> LookGraphs:
        return LookGraphs(self._device)

    @cached_property
    def _output(self) -> OutputGraph:
        size = (self._spec.width, self._spec.height)
        return OutputGraph(self._device, place(size, size, "fill"), self._spec)

    @cached_property
    def _gap(self) -> FinishedOutput:
        return FinishedOutput(black_codes(self._spec))

    def _begin(self, layers: Sequence[Layer], overlay: Overlay | None, number: int) -> PendingFrame:
        if not layers and overlay is None:
            return self._gap
        if not layers:
            layers = [self._black]
        if len(layers) == 1 and layers[0].is_whole:
            only = layers[0]
            return self._pipeline(only).begin(only.planes, overlay, number, only.look, only.crop)
        return self._begin_mix(layers, overlay, number)

    def _pipeline(self, layer: Layer) -> Pipeline:
        form = _Form.of(layer)
        if form not in self._pipelines:
            self._pipelines[form] = Pipeline(layer.picture, layer.transform, self._spec, rendering=self._rendering)
        return self._pipelines[form]

    def _begin_mix(self, layers: Sequence[Layer], overlay: Overlay | None, number: int) -> PendingOutput:
        kinds = {self._kind(layer) for layer in layers}
        mode, primaries = next(iter(kinds)) if len(kinds) == 1 else (None, 0)
        places = [self._spec.framed(self._place(layer)) for layer in layers]
        graph = self._mix(places, mode, primaries)
        lights = [self._light(layer, slot, mode is not None) for slot, layer in enumerate(layers)]
        try:
            with ExitStack() as stack:
                commands = stack.enter_context(self._device.commands())
                pictures = []
                for slot, (light, layer, spot) in enumerate(zip(lights, layers, places, strict=True)):
                    picture = light.show(layer.planes, commands)
                    if layer.look is not None:
                        target = LookTarget.of(self._kind(layer)[0], layer.transform, layer.picture, mode is not None)
                        size = (spot.width, spot.height)
                        shape = (layer.picture.display_width, layer.picture.display_height)
                        window = self._spec.window(shape, layer.crop)
                        graded = self._looks.apply(picture, size, layer.look, number, target, commands, slot, window)
                        picture = stack.enter_context(graded)
                    pictures.append(picture)
                shares, reveals = [layer.share for layer in layers], [layer.reveal for layer in layers]
                with graph.run(pictures, shares, reveals, commands) as mixed:
                    return self._output.begin(mixed, overlay, number, commands)
        finally:
            for light in lights:
                light.forget()

    def _kind(self, layer: Layer) -> tuple[View | Conversion, int]:
        """The conversion of a layer's light to code values, and the primaries on which it depends."""
        mode = conversion_of(layer.transform, self._spec.view, self._rendering) or self._spec.view
        return mode, layer.picture.primaries if isinstance(mode, Conversion) else 0

    def _place(self, layer: Layer) -> Placement:
        size = (layer.picture.display_width, layer.picture.display_height)
        return self._spec.place(size)

    def _light(self, layer: Layer, slot: int, light: bool) -> InputGraph:
        """The graph of a layer. Each slot has buffers of its own, because both are filled before the GPU runs."""
        lit = layer.look is not None
        key = (slot, light, lit, layer.crop is not None, _Form.of(layer), layer.planes.layout)
        if key not in self._lights:
            mode, _ = self._kind(layer)
            require_conformance(layer.transform, mode)
            spot = self._place(layer)
            self._lights[key] = InputGraph(
                self._device,
                layer.planes,
                layer.picture,
                layer.transform,
                self._spec.view if lit else mode,
                spot,
                light=light or lit,
                backdrop=self._spec.backdrop(spot),
                moving=layer.crop is not None,
            )
        if layer.crop is not None:
            size = (layer.picture.display_width, layer.picture.display_height)
            self._lights[key].move(layer.crop.place(size, (self._spec.width, self._spec.height)))
        return self._lights[key]

    def _mix(self, places: Sequence[Placement], mode: View | Conversion | None, primaries: int) -> MixGraph:
        key = (tuple(places), mode, primaries)
        if key not in self._mixes:
            self._mixes[key] = MixGraph(self._device, self._spec, places, mode, primaries)
        return self._mixes[key]
